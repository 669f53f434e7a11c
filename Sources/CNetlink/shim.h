// libnl's message layer and route library as one module, and what Swift cannot import by itself.
#pragma once
// <net/if.h> comes first: the <linux/…> headers yield to it.
#include <net/if.h>
#include <netinet/in.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <dirent.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_bonding.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/inet_diag.h>
#include <linux/ipv6.h>
#include <linux/memfd.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/packet_diag.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <netlink/netlink.h>
#include <netlink/msg.h>
#include <netlink/attr.h>
#include <netlink/socket.h>
#include <netlink/errno.h>
#include <netlink/route/addr.h>
#include <netlink/route/route.h>
#include <netlink/route/nexthop.h>

// glibc shows these only under _GNU_SOURCE, which a module's header comes too late to define.
extern int memfd_create(const char *name, unsigned int flags);
extern const char *strerrorname_np(int error);
extern const char *strerrordesc_np(int error);

// The multipath macros (RTNH_OK, RTNH_NEXT, RTNH_DATA) are function-like, which Swift does not import.

static inline int weft_nexthop_ok(const struct rtnexthop *hop, int remaining) {
    return RTNH_OK(hop, remaining) && hop->rtnh_len >= sizeof(struct rtnexthop);
}

static inline struct rtnexthop *weft_nexthop_next(struct rtnexthop *hop, int *remaining) {
    *remaining -= RTNH_ALIGN(hop->rtnh_len);
    return RTNH_NEXT(hop);
}

static inline struct nlattr *weft_nexthop_attributes(struct rtnexthop *hop) { return (struct nlattr *)RTNH_DATA(hop); }

static inline int weft_nexthop_attributes_length(const struct rtnexthop *hop) {
    return hop->rtnh_len - (int)RTNH_LENGTH(0);
}

// Opening a socket in another network namespace, be it a new one. A namespace belongs to a thread and setns(2) cannot be undone
// safely, so a thread of its own enters the namespace, connects, and ends; a new namespace then lives as long as the socket. In C because a pthread's entry point in Swift would need the
// arguments boxed and unboxed by hand; by system call because <sched.h>, too, hides setns(2).

struct weft_connection {
    struct nl_sock *socket;
    // NETLINK_ROUTE, or another of netlink's protocols.
    int protocol;
    // Of the namespace that is entered; -1 makes a new one.
    int namespace_descriptor;
    // An errno value of setns(2) or unshare(2), or 0.
    int setns_error;
    // What nl_connect() answered, and errno after it.
    int connect_result;
    int connect_error;
};

static inline void weft_connect_here(struct weft_connection *connection) {
    errno = 0;
    connection->connect_result = nl_connect(connection->socket, connection->protocol);
    connection->connect_error = connection->connect_result < 0 ? errno : 0;
}

static void *weft_connect_thread(void *argument) {
    struct weft_connection *connection = (struct weft_connection *)argument;
    long entered = connection->namespace_descriptor < 0
        ? syscall(SYS_unshare, CLONE_NEWNET)
        : syscall(SYS_setns, connection->namespace_descriptor, CLONE_NEWNET);
    if (entered != 0)
        connection->setns_error = errno;
    else
        weft_connect_here(connection);
    return NULL;
}

// The namespace of a socket, to be closed; or -1 with errno.
static inline int weft_namespace_of(int socket_descriptor) { return ioctl(socket_descriptor, SIOCGSKNS); }

// Reading a file of /proc/thread-self/net in another network namespace, for what the kernel tells nowhere else: by a thread of
// its own as well. Answers the number of bytes, or -1.

struct weft_reading {
    int namespace_descriptor; // -1 for the caller's
    const char *path;
    char *buffer;
    size_t capacity;
    ssize_t count;
};

static void *weft_read_thread(void *argument) {
    struct weft_reading *reading = (struct weft_reading *)argument;
    reading->count = -1;
    if (reading->namespace_descriptor >= 0 && syscall(SYS_setns, reading->namespace_descriptor, CLONE_NEWNET) != 0)
        return NULL;
    int file = open(reading->path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return NULL;
    size_t total = 0;
    for (;;) {
        ssize_t count = read(file, reading->buffer + total, reading->capacity - total);
        if (count < 0) { total = 0; break; }
        if (count == 0) break;
        total += (size_t)count;
    }
    close(file);
    reading->count = (ssize_t)total;
    return NULL;
}

static inline ssize_t weft_read_in_namespace(struct weft_reading *reading) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, weft_read_thread, reading) != 0 || pthread_join(thread, NULL) != 0) return -1;
    return reading->count;
}

// Returns 0, or the errno value of a thread that could not be started.
static inline int weft_connect_in_namespace(struct weft_connection *connection) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, weft_connect_thread, connection);
    return error ? error : pthread_join(thread, NULL);
}

// Any socket in another namespace, in the same way: where it was opened, it belongs.

struct weft_socket_request {
    int domain, type, protocol;
    int namespace_descriptor;
    // The socket, or -1.
    int descriptor;
};

static inline void weft_socket_here(struct weft_socket_request *request) {
    request->descriptor = socket(request->domain, request->type, request->protocol);
}

static void *weft_socket_thread(void *argument) {
    struct weft_socket_request *request = (struct weft_socket_request *)argument;
    request->descriptor = -1;
    if (syscall(SYS_setns, request->namespace_descriptor, CLONE_NEWNET) == 0) weft_socket_here(request);
    return NULL;
}

// Returns 0, or the errno value of a thread that could not be started.
static inline int weft_socket_in_namespace(struct weft_socket_request *request) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, weft_socket_thread, request);
    return error ? error : pthread_join(thread, NULL);
}

// Writing a setting under /proc/sys/net, which shows that of the namespace of the thread that looks. The namespace is found by
// a socket in it (SIOCGSKNS), which no renaming or unmounting takes away.

struct weft_setting {
    int socket_descriptor;
    const char *path;
    const char *text;
    // An errno value, or 0.
    int error;
};

static inline void weft_write_setting_here(struct weft_setting *setting) {
    int descriptor = open(setting->path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        setting->error = errno;
        return;
    }
    size_t length = strlen(setting->text);
    if (write(descriptor, setting->text, length) != (ssize_t)length)
        setting->error = errno;
    close(descriptor);
}

static void *weft_write_setting_thread(void *argument) {
    struct weft_setting *setting = (struct weft_setting *)argument;
    int descriptor = ioctl(setting->socket_descriptor, SIOCGSKNS);
    if (descriptor < 0 || syscall(SYS_setns, descriptor, CLONE_NEWNET) != 0)
        setting->error = errno;
    else
        weft_write_setting_here(setting);
    if (descriptor >= 0)
        close(descriptor);
    return NULL;
}

// Returns 0, or the errno value of a thread that could not be started.
static inline int weft_write_setting_in_namespace(struct weft_setting *setting) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, weft_write_setting_thread, setting);
    return error ? error : pthread_join(thread, NULL);
}

// Reading all settings of a directory under /proc/sys/net that can be written: a line each, the name and the value with a blank
// between them. One that cannot be read, or does not fit, is passed over.

struct weft_settings {
    int socket_descriptor;
    // Whether the socket's namespace is another than the caller's.
    int is_elsewhere;
    const char *directory;
    char *buffer;
    size_t capacity, count;
    // An errno value, or 0.
    int error;
};

static void *weft_read_settings_thread(void *argument) {
    struct weft_settings *settings = (struct weft_settings *)argument;
    if (settings->is_elsewhere) {
        int namespace_descriptor = ioctl(settings->socket_descriptor, SIOCGSKNS);
        if (namespace_descriptor < 0 || syscall(SYS_setns, namespace_descriptor, CLONE_NEWNET) != 0)
            settings->error = errno;
        if (namespace_descriptor >= 0)
            close(namespace_descriptor);
        if (settings->error)
            return NULL;
    }
    DIR *directory = opendir(settings->directory);
    if (!directory) {
        settings->error = errno;
        return NULL;
    }
    struct dirent *entry;
    while ((entry = readdir(directory))) {
        struct stat status;
        if (fstatat(dirfd(directory), entry->d_name, &status, 0) != 0 || !S_ISREG(status.st_mode) || !(status.st_mode & S_IWUSR))
            continue;
        int file = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
        if (file < 0)
            continue;
        char value[256];
        ssize_t length = read(file, value, sizeof value);
        close(file);
        size_t name = strlen(entry->d_name);
        if (length <= 0 || settings->count + name + (size_t)length + 2 > settings->capacity)
            continue;
        memcpy(settings->buffer + settings->count, entry->d_name, name);
        settings->buffer[settings->count + name] = ' ';
        memcpy(settings->buffer + settings->count + name + 1, value, (size_t)length);
        settings->count += name + 1 + (size_t)length;
        if (settings->buffer[settings->count - 1] != '\n')
            settings->buffer[settings->count++] = '\n';
    }
    closedir(directory);
    return NULL;
}

// Returns 0, or an errno value.
static inline int weft_read_settings(struct weft_settings *settings) {
    if (!settings->is_elsewhere) {
        weft_read_settings_thread(settings);
        return settings->error;
    }
    pthread_t thread;
    int error = pthread_create(&thread, NULL, weft_read_settings_thread, settings);
    if (!error)
        error = pthread_join(thread, NULL);
    return error ? error : settings->error;
}

// Asks a link's driver for its name and its place on the bus; any socket in the link's namespace will do. Returns 0, or an errno
// value. In C because ioctl(2) is variadic.
static inline int weft_driver_info(int socket_descriptor, const char *name, struct ethtool_drvinfo *info) {
    struct ifreq request;
    memset(&request, 0, sizeof request);
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    info->cmd = ETHTOOL_GDRVINFO;
    request.ifr_data = (void *)info;
    return ioctl(socket_descriptor, SIOCETHTOOL, &request) == 0 ? 0 : errno;
}
