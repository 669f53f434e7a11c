internal import HostNetwork
