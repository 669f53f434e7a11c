import DomainInterfaces

DomainServer.run()
