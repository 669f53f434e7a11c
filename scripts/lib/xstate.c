// Preloaded into the User Mode Linux program, so that it runs on processors with AMX.
//
// UML keeps the floating-point state of its processes in a buffer whose size (2.6 KB) was fixed when it was compiled.
// Since AMX, a processor's state may be 11 KB, and the machine's kernel takes a state back only whole: PTRACE_SETREGSET
// with a shorter buffer answers EFAULT, and UML kills its first process with SIGSEGV. Here the state is always moved
// whole: UML sees the first part, and the rest (tile data, which no process in the lab can ask for) is handed back as
// it was read.
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

// UML traces from one thread, and its malloc is the kernel's own: hence a static buffer.
static _Alignas(64) unsigned char state[1 << 16];
static size_t stateLength;
static long stateOwner;

static long trace(long request, long pid, void *address, void *data)
{
    return syscall(SYS_ptrace, request, pid, address, data);
}

static long readWhole(long pid, void *type)
{
    struct iovec whole = { state, sizeof state };
    long result = trace(PTRACE_GETREGSET, pid, type, &whole);
    stateOwner = result < 0 ? 0 : pid;
    stateLength = result < 0 ? 0 : whole.iov_len;
    return result;
}

long ptrace(enum __ptrace_request request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    long pid = va_arg(arguments, pid_t);
    void *address = va_arg(arguments, void *);
    void *data = va_arg(arguments, void *);
    va_end(arguments);

    int isState = (request == PTRACE_GETREGSET || request == PTRACE_SETREGSET) && (long)address == NT_X86_XSTATE;
    if (!isState) {
        // The C library's own function, for the requests that UML makes: those that peek answer through `data`.
        long word;
        int peeks = request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER;
        long result = trace(request, pid, address, peeks ? &word : data);
        if (result < 0 || !peeks) return result;
        errno = 0;
        return word;
    }

    struct iovec *part = data;
    if (request == PTRACE_GETREGSET) {
        long result = readWhole(pid, address);
        if (result < 0) return result;
        if (part->iov_len > stateLength) part->iov_len = stateLength;
        memcpy(part->iov_base, state, part->iov_len);
        return result;
    }
    // What lies behind UML's part has not changed since this process stopped and was read.
    if (stateOwner != pid) {
        long result = readWhole(pid, address);
        if (result < 0) return result;
    }
    size_t length = part->iov_len < stateLength ? part->iov_len : stateLength;
    memcpy(state, part->iov_base, length);
    struct iovec whole = { state, stateLength };
    return trace(PTRACE_SETREGSET, pid, address, &whole);
}
