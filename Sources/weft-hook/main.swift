import DomainHook

DomainHook.run(Array(CommandLine.arguments.dropFirst()))
