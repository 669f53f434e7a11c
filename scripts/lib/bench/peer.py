"""peer.py N: the benchmark's work by pyroute2, each request answered before the next; milliseconds, without Python's start."""
import sys
import time

from pyroute2 import IPRoute

size = int(sys.argv[1])
ids = range(2, size + 2)


def measure(what, body):
    start = time.monotonic()
    body()
    print(what, f"{(time.monotonic() - start) * 1000:.3f}", flush=True)


with IPRoute() as ip:
    def create():
        ip.link("add", ifname="bond0", kind="bond", bond_mode=1, bond_miimon=100)
        bond = ip.link_lookup(ifname="bond0")[0]
        for name in "d0", "d1":
            port = ip.link_lookup(ifname=name)[0]
            ip.link("set", index=port, state="down")
            ip.link("set", index=port, master=bond)
        ip.link("set", index=bond, state="up")
        for number in ids:
            ip.link("add", ifname=f"brvlan-{number}", kind="bridge")
            bridge = ip.link_lookup(ifname=f"brvlan-{number}")[0]
            ip.link("add", ifname=f"bond0.{number}", kind="vlan", link=bond, vlan_id=number)
            vlan = ip.link_lookup(ifname=f"bond0.{number}")[0]
            ip.link("set", index=vlan, master=bridge, state="up")
            ip.link("set", index=bridge, state="up")

    def destroy():
        for number in ids:
            ip.link("del", index=ip.link_lookup(ifname=f"bond0.{number}")[0])
            ip.link("del", index=ip.link_lookup(ifname=f"brvlan-{number}")[0])
        ip.link("del", index=ip.link_lookup(ifname="bond0")[0])

    measure("create", create)
    measure("read", lambda: list(ip.get_links()))
    measure("destroy", destroy)
