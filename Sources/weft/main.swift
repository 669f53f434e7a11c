import ArgumentParser
import WeftCommands

Weft.main()
