// limit: the kernel's own share of weft's work, as far as a program can know it. The same links, made, read and deleted by
// the cheapest messages that the kernel takes, built by hand, without a library, a file, a plan or a look back. What weft
// takes is compared with this, in the same boot; weft contains none of it.
//
//   limit create FIRST COUNT [bare]    the bond bond0 over the links d0 and d1, unless it is there; for each id from FIRST
//                                      on the VLAN bond0.ID, as a port of the bridge brvlan-ID, all up. `bare`: bridges
//                                      and VLANs without IPv6 (addr_gen_mode none), which takes a message more a link
//   limit read REPEATS                 every link's name, kind, parent, master, MTU, flags and group; the shortest time
//   limit delete each|batch|group      every bridge and VLAN of these names, and bond0: one call each, one for all, or by group
//   limit filter COUNT                 one VLAN-aware bridge br0 over bond0 with COUNT VLANs, in one message
//   limit move NIC ADDRESS/LENGTH GATEWAY
//                                      the bridge br0 with the NIC's MAC, the NIC its port; the IPv4 address and the default
//                                      route go from the NIC to the bridge
//   limit run REPEATS COMMAND...       the shortest time of a program and its largest memory; what it writes is thrown away.
//                                      Its root is the directory BENCH_ROOT, if there is one
//
// It prints NAME=VALUE words; times are milliseconds of CLOCK_MONOTONIC.
//
// Documentation: rtnetlink(7), netlink(7), Documentation/userspace-api/netlink/ of the kernel.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { sendSize = 32 * 1024, scratchGroup = 4711, firstIndex = 100000, maximum = 20000 };

static int netlink;
static unsigned sequence;
static long messages, sends, failures;

static void die(const char *what) {
    fprintf(stderr, "limit: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

// ---- messages, one behind the other in a buffer

static _Alignas(8) char queue[sendSize + 4096];
static size_t queued;
static struct nlmsghdr *message;

static void *append(size_t size) {
    void *place = (char *)message + message->nlmsg_len;
    memset(place, 0, NLMSG_ALIGN(size));
    message->nlmsg_len += NLMSG_ALIGN(size);
    return place;
}

static void attribute(int type, const void *value, size_t size) {
    struct rtattr *header = append(RTA_LENGTH(0));
    header->rta_type = type;
    header->rta_len = RTA_LENGTH(size);
    memcpy(append(size), value, size);
}

static void number(int type, unsigned value) { attribute(type, &value, sizeof value); }
static void text(int type, const char *value) { attribute(type, value, strlen(value) + 1); }

static struct rtattr *nest(int type) {
    struct rtattr *header = append(RTA_LENGTH(0));
    header->rta_type = type;
    return header;
}

static void close_nest(struct rtattr *header) { header->rta_len = (char *)message + message->nlmsg_len - (char *)header; }

// The last message sent is acknowledged; errors come without asking. All answers are there when send() returns.
static void flush(void) {
    static char answers[256 * 1024];
    if (!queued) return;
    message->nlmsg_flags |= NLM_F_ACK;
    if (send(netlink, queue, queued, 0) != (ssize_t)queued) die("send");
    sends++;
    queued = 0;
    for (;;) {
        ssize_t size = recv(netlink, answers, sizeof answers, 0);
        if (size < 0) die("recv");
        for (struct nlmsghdr *answer = (void *)answers; NLMSG_OK(answer, size); answer = NLMSG_NEXT(answer, size)) {
            if (answer->nlmsg_type != NLMSG_ERROR) continue;
            struct nlmsgerr *error = NLMSG_DATA(answer);
            if (error->error) {
                failures++;
                fprintf(stderr, "limit: message %u: %s\n", answer->nlmsg_seq, strerror(-error->error));
            }
            if (answer->nlmsg_seq == sequence) return;
        }
    }
}

static struct ifinfomsg *begin(int type, int flags) {
    if (queued > sendSize) flush();
    message = (void *)(queue + queued);
    memset(message, 0, sizeof *message);
    message->nlmsg_len = NLMSG_HDRLEN;
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = ++sequence;
    messages++;
    return append(sizeof(struct ifinfomsg));
}

static void end(void) { queued += message->nlmsg_len; }

static struct rtattr *begin_info(const char *kind) {
    struct rtattr *info = nest(IFLA_LINKINFO);
    text(IFLA_INFO_KIND, kind);
    return info;
}

static void change(int type, int index, int up) {
    struct ifinfomsg *header = begin(type, 0);
    header->ifi_index = index;
    if (up >= 0) {
        header->ifi_change = IFF_UP;
        header->ifi_flags = up ? IFF_UP : 0;
    }
}

static void without_ipv6(int index) {
    change(RTM_SETLINK, index, -1);
    struct rtattr *families = nest(IFLA_AF_SPEC), *family = nest(AF_INET6);
    unsigned char none = 1; // IN6_ADDR_GEN_MODE_NONE
    attribute(IFLA_INET6_ADDR_GEN_MODE, &none, 1);
    close_nest(family);
    close_nest(families);
    end();
    change(RTM_SETLINK, index, 1);
    end();
}

// ---- creating

static void create_bond(void) {
    double start = milliseconds();
    struct ifinfomsg *header = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    int bond = header->ifi_index = firstIndex - 1;
    text(IFLA_IFNAME, "bond0");
    struct rtattr *info = begin_info("bond"), *data = nest(IFLA_INFO_DATA);
    unsigned char mode = 1; // active-backup
    attribute(IFLA_BOND_MODE, &mode, 1);
    number(IFLA_BOND_MIIMON, 100);
    close_nest(data);
    close_nest(info);
    header->ifi_change = header->ifi_flags = IFF_UP;
    end();
    for (int port = 0; port < 2; port++) {
        int index = if_nametoindex(port ? "d1" : "d0");
        if (!index) die("d0 and d1");
        change(RTM_SETLINK, index, 0);
        end();
        change(RTM_SETLINK, index, -1);
        number(IFLA_MASTER, bond);
        end();
    }
    flush();
    printf("bond=%.3f ", milliseconds() - start);
}

static void create(int first, int count, int bare) {
    if (!if_nametoindex("bond0")) create_bond();
    unsigned parent = if_nametoindex("bond0");
    double start = milliseconds();
    messages = sends = 0;
    for (int id = first; id < first + count; id++) {
        char name[IFNAMSIZ];
        snprintf(name, sizeof name, "brvlan-%d", id);
        struct ifinfomsg *header = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
        header->ifi_index = firstIndex + id;
        if (!bare) header->ifi_change = header->ifi_flags = IFF_UP;
        text(IFLA_IFNAME, name);
        close_nest(begin_info("bridge"));
        end();
        if (bare) without_ipv6(firstIndex + id);
    }
    for (int id = first; id < first + count; id++) {
        char name[IFNAMSIZ];
        unsigned short tag = id;
        snprintf(name, sizeof name, "bond0.%d", id);
        struct ifinfomsg *header = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
        header->ifi_index = firstIndex + maximum + id;
        if (!bare) header->ifi_change = header->ifi_flags = IFF_UP;
        text(IFLA_IFNAME, name);
        number(IFLA_LINK, parent);
        number(IFLA_MASTER, firstIndex + id);
        struct rtattr *info = begin_info("vlan"), *data = nest(IFLA_INFO_DATA);
        attribute(IFLA_VLAN_ID, &tag, sizeof tag);
        close_nest(data);
        close_nest(info);
        end();
        if (bare) without_ipv6(firstIndex + maximum + id);
    }
    flush();
    printf("create=%.3f messages=%ld sends=%ld\n", milliseconds() - start, messages, sends);
}

static void filter(int count) {
    if (!if_nametoindex("bond0")) create_bond();
    double start = milliseconds();
    struct ifinfomsg *header = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    header->ifi_index = firstIndex;
    header->ifi_change = header->ifi_flags = IFF_UP;
    text(IFLA_IFNAME, "br0");
    struct rtattr *info = begin_info("bridge"), *data = nest(IFLA_INFO_DATA);
    unsigned char on = 1;
    attribute(IFLA_BR_VLAN_FILTERING, &on, 1);
    close_nest(data);
    close_nest(info);
    end();
    change(RTM_SETLINK, if_nametoindex("bond0"), -1);
    number(IFLA_MASTER, firstIndex);
    end();
    header = begin(RTM_SETLINK, 0);
    header->ifi_family = AF_BRIDGE;
    header->ifi_index = if_nametoindex("bond0");
    struct rtattr *table = nest(IFLA_AF_SPEC);
    struct bridge_vlan_info range = {BRIDGE_VLAN_INFO_RANGE_BEGIN, 2};
    attribute(IFLA_BRIDGE_VLAN_INFO, &range, sizeof range);
    range = (struct bridge_vlan_info){BRIDGE_VLAN_INFO_RANGE_END, count + 1};
    attribute(IFLA_BRIDGE_VLAN_INFO, &range, sizeof range);
    close_nest(table);
    end();
    flush();
    printf("filter=%.3f messages=%ld\n", milliseconds() - start, messages);
}

// ---- an address that moves

static void move(const char *nic, const char *cidr, const char *gateway) {
    struct ifreq hardware = {0};
    strncpy(hardware.ifr_name, nic, IFNAMSIZ - 1);
    int query = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), index = if_nametoindex(nic);
    if (!index || ioctl(query, SIOCGIFHWADDR, &hardware)) die(nic);
    char address[INET_ADDRSTRLEN] = "";
    int length = 0;
    struct in_addr local, way;
    if (sscanf(cidr, "%15[0-9.]/%d", address, &length) != 2 || !inet_aton(address, &local) || !inet_aton(gateway, &way)) die("address");
    double start = milliseconds();
    struct ifinfomsg *header = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
    header->ifi_index = firstIndex;
    header->ifi_change = header->ifi_flags = IFF_UP;
    text(IFLA_IFNAME, "br0");
    attribute(IFLA_ADDRESS, hardware.ifr_hwaddr.sa_data, 6);
    close_nest(begin_info("bridge"));
    end();
    flush();
    change(RTM_SETLINK, index, -1);
    number(IFLA_MASTER, firstIndex);
    end();
    // The header of an address is shorter than a link's, that of a route shorter still: what was reserved is taken back.
    for (int away = 0; away < 2; away++) {
        void *place = begin(away ? RTM_DELADDR : RTM_NEWADDR, away ? 0 : NLM_F_CREATE | NLM_F_REPLACE);
        message->nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg));
        *(struct ifaddrmsg *)place = (struct ifaddrmsg){.ifa_family = AF_INET, .ifa_prefixlen = length, .ifa_index = away ? index : firstIndex};
        attribute(IFA_LOCAL, &local, sizeof local);
        attribute(IFA_ADDRESS, &local, sizeof local);
        end();
        if (away) break;
        place = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
        message->nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg));
        *(struct rtmsg *)place = (struct rtmsg){.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC, .rtm_type = RTN_UNICAST};
        attribute(RTA_GATEWAY, &way, sizeof way);
        number(RTA_OIF, firstIndex);
        end();
        // What takes away is sent once its replacement is acknowledged.
        flush();
    }
    flush();
    printf("move=%.3f\n", milliseconds() - start);
}

// ---- reading

struct seen { int index, parent, master, mtu, flags, group; char name[IFNAMSIZ], kind[16]; };
static struct seen links[2 * maximum];
static int linkCount;

static void see(struct nlmsghdr *told) {
    struct ifinfomsg *header = NLMSG_DATA(told);
    struct seen link = {.index = header->ifi_index, .flags = header->ifi_flags};
    int rest = IFLA_PAYLOAD(told);
    for (struct rtattr *a = IFLA_RTA(header); RTA_OK(a, rest); a = RTA_NEXT(a, rest)) {
        switch (a->rta_type) {
        case IFLA_IFNAME: strncpy(link.name, RTA_DATA(a), IFNAMSIZ - 1); break;
        case IFLA_LINK: link.parent = *(int *)RTA_DATA(a); break;
        case IFLA_MASTER: link.master = *(int *)RTA_DATA(a); break;
        case IFLA_MTU: link.mtu = *(int *)RTA_DATA(a); break;
        case IFLA_GROUP: link.group = *(int *)RTA_DATA(a); break;
        case IFLA_LINKINFO: {
            int inner = RTA_PAYLOAD(a);
            for (struct rtattr *b = RTA_DATA(a); RTA_OK(b, inner); b = RTA_NEXT(b, inner))
                if (b->rta_type == IFLA_INFO_KIND) strncpy(link.kind, RTA_DATA(b), sizeof link.kind - 1);
        }
        }
    }
    if (linkCount < (int)(sizeof links / sizeof *links)) links[linkCount++] = link;
}

static double read_links(void) {
    static char part[32 * 1024];
    double start = milliseconds();
    begin(RTM_GETLINK, NLM_F_DUMP);
    number(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    end();
    if (send(netlink, queue, queued, 0) != (ssize_t)queued) die("send");
    queued = 0;
    linkCount = 0;
    for (;;) {
        ssize_t size = recv(netlink, part, sizeof part, 0);
        if (size < 0) die("recv");
        for (struct nlmsghdr *told = (void *)part; NLMSG_OK(told, size); told = NLMSG_NEXT(told, size)) {
            if (told->nlmsg_type == NLMSG_DONE) return milliseconds() - start;
            if (told->nlmsg_type == RTM_NEWLINK) see(told);
        }
    }
}

// ---- deleting

static void delete_links(const char *way) {
    read_links();
    int by_group = !strcmp(way, "group"), each = !strcmp(way, "each"), count = 0;
    double start = milliseconds();
    messages = sends = 0;
    // The VLANs first, as whoever deletes a bridge before its port has the kernel free the port.
    static const char *const names[] = {"bond0.", "brvlan-", "bond0"};
    for (int pass = 0; pass < 3; pass++) {
        for (int i = 0; i < linkCount; i++) {
            if (pass == 2 ? strcmp(links[i].name, names[pass]) : strncmp(links[i].name, names[pass], strlen(names[pass]))) continue;
            count++;
            change(by_group ? RTM_SETLINK : RTM_DELLINK, links[i].index, -1);
            if (by_group) number(IFLA_GROUP, scratchGroup);
            end();
            if (each) flush();
        }
    }
    if (by_group && count) {
        begin(RTM_DELLINK, 0);
        number(IFLA_GROUP, scratchGroup);
        end();
    }
    flush();
    printf("delete=%.3f links=%d messages=%ld sends=%ld\n", milliseconds() - start, count, messages, sends);
}

// ---- other programs

static void run(int repeats, char **command) {
    const char *root = getenv("BENCH_ROOT");
    double best = 1e18;
    int status = 0;
    struct rusage used;
    for (int i = 0; i < repeats; i++) {
        double start = milliseconds();
        pid_t child = fork();
        if (child < 0) die("fork");
        if (child == 0) {
            int nothing = open("/dev/null", O_RDWR);
            dup2(nothing, 0);
            dup2(nothing, 1);
            if (root && (chdir(root) || chroot("."))) _exit(126);
            execvp(command[0], command);
            perror(command[0]);
            _exit(127);
        }
        if (wait4(child, &status, 0, &used) < 0) die("wait");
        double took = milliseconds() - start;
        if (took < best) best = took;
    }
    printf("run=%.3f status=%d kilobytes=%ld\n", best, WIFEXITED(status) ? WEXITSTATUS(status) : -1, used.ru_maxrss);
}

int main(int count, char **words) {
    if (count < 3) {
        fprintf(stderr, "usage: limit create FIRST COUNT [bare] | read REPEATS | delete WAY | filter COUNT | move NIC ADDRESS GATEWAY | run REPEATS COMMAND...\n");
        return 64;
    }
    if (!strcmp(words[1], "run")) {
        run(atoi(words[2]), words + 3);
        return 0;
    }
    netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0) die("socket");
    int on = 1, buffer = 8 << 20;
    setsockopt(netlink, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    setsockopt(netlink, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
    setsockopt(netlink, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    if (!strcmp(words[1], "create") && count > 3) create(atoi(words[2]), atoi(words[3]), count > 4 && !strcmp(words[4], "bare"));
    else if (!strcmp(words[1], "filter")) filter(atoi(words[2]));
    else if (!strcmp(words[1], "move") && count > 4) move(words[2], words[3], words[4]);
    else if (!strcmp(words[1], "delete")) delete_links(words[2]);
    else if (!strcmp(words[1], "read")) {
        double best = 1e18;
        for (int i = atoi(words[2]); i > 0; i--) {
            double took = read_links();
            if (took < best) best = took;
        }
        printf("read=%.3f links=%d\n", best, linkCount);
    } else {
        fprintf(stderr, "limit: what is %s?\n", words[1]);
        return 64;
    }
    return failures != 0;
}
