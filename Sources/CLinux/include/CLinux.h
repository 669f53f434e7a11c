// The kernel's numbers, from the kernel's own headers. <net/if.h> and <netinet/in.h> come first: the <linux/…> headers yield to it.
#pragma once
#include <net/if.h>
#include <netinet/in.h>
#include <linux/if_addr.h>
#include <linux/if_bonding.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_vlan.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/fs.h>
#include <sys/xattr.h>

// What older headers lack, by its distance from its neighbour there: the numbers are the kernel's for ever.
enum {
    // Linux 6.9
    WEFT_IFLA_BOND_COUPLED_CONTROL = IFLA_BOND_NS_IP6_TARGET + 1,
    // Linux 6.7; between them lies IFLA_BR_FDB_N_LEARNED
    WEFT_IFLA_BR_FDB_MAX_LEARNED = IFLA_BR_MCAST_QUERIER_STATE + 2,
    // Linux 6.2, 6.3 and 6.4; between them lies IFLA_BRPORT_MCAST_N_GROUPS
    WEFT_IFLA_BRPORT_MAB = IFLA_BRPORT_LOCKED + 1,
    WEFT_IFLA_BRPORT_MCAST_MAX_GROUPS = IFLA_BRPORT_LOCKED + 3,
    WEFT_IFLA_BRPORT_NEIGH_VLAN_SUPPRESS = IFLA_BRPORT_LOCKED + 4,
    // Linux 6.3; before them lies IFLA_DEVLINK_PORT
    WEFT_IFLA_GSO_IPV4_MAX_SIZE = IFLA_ALLMULTI + 2,
    WEFT_IFLA_GRO_IPV4_MAX_SIZE = IFLA_ALLMULTI + 3,
    // Linux 6.3; between them lies BRIDGE_VLANDB_ENTRY_MCAST_N_GROUPS
    WEFT_BRIDGE_VLANDB_ENTRY_MCAST_MAX_GROUPS = BRIDGE_VLANDB_ENTRY_MCAST_ROUTER + 2,
    // Linux 6.4
    WEFT_BRIDGE_VLANDB_ENTRY_NEIGH_SUPPRESS = BRIDGE_VLANDB_ENTRY_MCAST_ROUTER + 3,
};

// In the C library since 2.28, but declared only for _GNU_SOURCE, which Swift's Glibc module is built without.
int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);
