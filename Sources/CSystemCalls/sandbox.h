// What Swift's module of the C library leaves out: variadic calls of the kernel's, and the filters made of macros. Each
// returns 0, or what errno was.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef O_PATH
#define O_PATH 010000000
#endif

static inline int conure_result(long result) { return result < 0 ? errno : 0; }

// The process is killed when its parent ends, and never gains rights by what it executes.
static inline int conure_die_with_parent(int signal) {
    return conure_result(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0));
}
static inline int conure_gain_no_rights(void) { return conure_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); }

static inline int conure_limit(int resource, uint64_t most) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0) return errno;
    if (limit.rlim_max != RLIM_INFINITY && most > limit.rlim_max) most = limit.rlim_max;
    limit.rlim_cur = limit.rlim_max = most;
    return conure_result(setrlimit(resource, &limit));
}

// Two ends that no other process inherits.
static inline int conure_pipe(int ends[2]) { return conure_result(syscall(SYS_pipe2, ends, O_CLOEXEC)); }

static inline int conure_limit_processes(uint64_t most) { return conure_limit(RLIMIT_NPROC, most); }

// MARK: Landlock, linux/landlock.h. Headers of older systems lack the newer rights, kernels have them all the same.

#define CONURE_READS (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define CONURE_FILE_RIGHTS \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | (1ULL << 14))

static inline int conure_landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1U /* its version */);
    return version < 0 ? 0 : (int)version;
}

// All rights over files that a version knows: up to making symbolic links at first, then linking elsewhere (2),
// truncating (3), control of devices (5).
static inline uint64_t conure_all_rights(int version) {
    uint64_t rights = (1ULL << 13) - 1;
    if (version >= 2) rights |= 1ULL << 13;
    if (version >= 3) rights |= 1ULL << 14;
    if (version >= 5) rights |= 1ULL << 15;
    return rights;
}

// A set of rules that forbids everything; negative: minus what errno was.
static inline int conure_landlock_begin(void) {
    struct { uint64_t files, network, scoped; } attributes = {0, 0, 0};
    int version = conure_landlock_version();
    if (version == 0) return -ENOSYS;
    attributes.files = conure_all_rights(version);
    // From 6 on: no signals to processes outside, no connections to their abstract sockets.
    if (version >= 6) attributes.scoped = 3;
    size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
    long rules = syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
    return rules < 0 ? -errno : (int)rules;
}

// Allows reading, or anything, below a path.
static inline int conure_landlock_allow(int rules, const char *path, int writes, int is_folder) {
    struct { uint64_t rights; int32_t parent; } __attribute__((packed)) rule;
    rule.rights = writes ? conure_all_rights(conure_landlock_version()) : CONURE_READS;
    if (!is_folder) rule.rights &= CONURE_FILE_RIGHTS;
    if (conure_landlock_version() < 3) rule.rights &= ~(1ULL << 14);
    rule.parent = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent < 0) return errno;
    int result = conure_result(syscall(SYS_landlock_add_rule, rules, 1 /* what is beneath a path */, &rule, 0));
    close(rule.parent);
    return result;
}

static inline int conure_landlock_enforce(int rules) {
    return conure_result(syscall(SYS_landlock_restrict_self, rules, 0));
}

// MARK: Seccomp, linux/seccomp.h

#if defined(__x86_64__)
#define CONURE_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CONURE_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define CONURE_REFUSE(number, error)                                       \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),                      \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error)

// A call whose first argument must be the process itself. The number of the call is gone after it if it was that call.
#define CONURE_OWN_ONLY(number)                                            \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),                      \
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])), \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0),      \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),               \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

// Refuses system calls: those that open sockets, and those that make processes. Threads are no processes. With them go
// what Landlock does not cover (the rights and owners of files), io_uring, which does all that without being called so,
// what reaches into other processes, and what leaves the group that is killed as a whole.
static inline int conure_refuse_calls(int network, int processes) {
#ifdef CONURE_ARCHITECTURE
    static const int refused[] = {
        425 /* io_uring_setup */, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_setsid, SYS_setpgid,
        SYS_fchmod, SYS_fchmodat, 452 /* fchmodat2 */, SYS_fchown, SYS_fchownat, SYS_setxattr, SYS_lsetxattr,
        SYS_fsetxattr, SYS_removexattr, SYS_lremovexattr, SYS_fremovexattr, SYS_utimensat,
        424 /* pidfd_send_signal */, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
#if defined(__x86_64__)
        SYS_chmod, SYS_chown, SYS_lchown, SYS_utime, SYS_utimes, SYS_futimesat,
#endif
    };
    struct sock_filter filter[128];
    unsigned short count = 0;
#define CONURE_ADD(...)                                                    \
    do {                                                                   \
        struct sock_filter some[] = {__VA_ARGS__};                         \
        for (size_t i = 0; i < sizeof some / sizeof *some; i++) filter[count++] = some[i]; \
    } while (0)
    CONURE_ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
               BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CONURE_ARCHITECTURE, 1, 0),
               BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
               BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
#if defined(__x86_64__)
    // The calls of the x32 ABI, under other numbers.
    CONURE_ADD(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
               BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS));
#endif
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) CONURE_ADD(CONURE_REFUSE(refused[i], EPERM));
    // Before its third version Landlock lets files be cut that may not be written to.
    if (conure_landlock_version() < 3) CONURE_ADD(CONURE_REFUSE(SYS_truncate, EPERM));
    if (network) CONURE_ADD(CONURE_REFUSE(SYS_socket, EACCES));
    if (processes) {
#if defined(__x86_64__)
        CONURE_ADD(CONURE_REFUSE(SYS_fork, EPERM), CONURE_REFUSE(SYS_vfork, EPERM));
#endif
        // Its flags are behind a pointer: the C library goes on with clone, whose flags are not.
        CONURE_ADD(CONURE_REFUSE(435 /* clone3 */, ENOSYS));
    }
    // Signals go to the process itself, whose number stays what it is; with leave to start others, to those too.
    if (processes) {
        CONURE_ADD(CONURE_OWN_ONLY(SYS_kill), CONURE_OWN_ONLY(SYS_tgkill), CONURE_REFUSE(SYS_tkill, EPERM));
    }
    if (processes) {
        CONURE_ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
                   BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
                   BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x00010000 /* CLONE_THREAD */, 1, 0),
                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
    }
    CONURE_ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    struct sock_fprog program = {count, filter};
    return conure_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
#undef CONURE_ADD
#else
    return ENOSYS;
#endif
}
