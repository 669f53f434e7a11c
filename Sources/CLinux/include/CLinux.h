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
