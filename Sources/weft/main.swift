import ArgumentParser
import WeftCommands

Weft.start()
