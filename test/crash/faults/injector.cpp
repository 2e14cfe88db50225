// SPDX-License-Identifier: BSL-1.0
#include "crash/faults/injector.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <new>
#include <stdexcept>
#include <typeinfo>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <crex/error.hpp>

#include "support/sanitized.hpp"

namespace surroundings {
namespace {

constexpr int number_of_futex_waitv = 449; // older headers do not know SYS_futex_waitv

using namespace std::chrono_literals;

// The child advances from each stage to the next; the parent advances from an odd one to the even
// one behind it.
enum Stage : int { preparing, prepared, acting, acted, finishing };

// Shared by parent and child. The child makes no system call to tell its parent something.
struct Board {
    std::atomic<int> listener; // the child's descriptor, 0 until there is one
    std::atomic<int> stage;
    std::array<char, 256> thrown;
    int code;
    bool was_documented;
};

class SharedBoard {
public:
    SharedBoard() {
        void* const memory =
            mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            throw std::bad_alloc{};
        }
        board_ = new (memory) Board{};
    }
    ~SharedBoard() { munmap(board_, sizeof(Board)); }
    SharedBoard(const SharedBoard&) = delete;
    SharedBoard& operator=(const SharedBoard&) = delete;
    Board* operator->() const { return board_; }
    Board& operator*() const { return *board_; }

private:
    Board* board_;
};

// From here on, the parent answers all system calls except those that the child needs to end.
int listen_to_myself() {
    constexpr auto nr = static_cast<std::uint32_t>(offsetof(seccomp_data, nr));
    std::array filter{
        sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, nr),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
        sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 1, 0),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    sock_fprog program{filter.size(), filter.data()};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return static_cast<int>(
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

void await(const Board& board, Stage stage) {
    while (board.stage.load() < stage) { // a system call here would be one more to answer
    }
}

void note(Board& board, const std::exception& error, bool documented) {
    const std::string text = std::string{typeid(error).name()} + ": " + error.what();
    std::strncpy(board.thrown.data(), text.c_str(), board.thrown.size() - 1);
    board.was_documented = documented;
}

void act(Board& board, const Scenario& scenario) {
    try {
        scenario.act();
    } catch (const crex::Error& error) {
        note(board, error, true);
        board.code = error.code().value();
    } catch (const std::bad_alloc& error) {
        note(board, error, true);
    } catch (const std::exception& error) {
        note(board, error, false);
    }
}

[[noreturn]] void live_as_child(Board& board, const Scenario& scenario) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    scenario.prepare();
    const int listener = listen_to_myself();
    board.listener = listener < 0 ? -1 : listener;
    if (listener < 0) {
        _exit(0);
    }
    board.stage = prepared;
    await(board, acting);
    act(board, scenario);
    board.stage = acted;
    await(board, finishing);
    _exit(0);
}

long descriptors_of(pid_t pid) {
    const std::filesystem::path directory{"/proc/" + std::to_string(pid) + "/fd"};
    return std::distance(std::filesystem::directory_iterator{directory}, {});
}

long mappings_of(pid_t pid) {
    std::ifstream file{"/proc/" + std::to_string(pid) + "/maps"};
    long count = 0;
    for (std::string line; std::getline(file, line);) {
        count += line.find("/dev/shm/") != line.npos ? 1 : 0;
    }
    return count;
}

// The parent's side, in place of the kernel.
class Kernel {
public:
    Kernel(pid_t child, int listener, Board& board, std::optional<Fault> fault, Result& result)
        : child_{child}, listener_{listener}, board_{board}, fault_{fault}, result_{result} {}

    void serve() {
        const auto end = std::chrono::steady_clock::now() + 30s;
        while (!has_ended()) {
            look_at_child();
            pollfd waiting{listener_, POLLIN, 0};
            if (poll(&waiting, 1, 1) > 0 && (waiting.revents & POLLIN) != 0) {
                answer();
            }
            if (std::chrono::steady_clock::now() > end) {
                result_.hung = true;
                kill(child_, SIGKILL);
            }
        }
    }

private:
    bool has_ended() {
        int status = 0;
        if (waitpid(child_, &status, WNOHANG) != child_) {
            return false;
        }
        result_.ended_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        return true;
    }

    void look_at_child() {
        if (board_.stage == prepared) {
            descriptors_ = descriptors_of(child_);
            mappings_ = mappings_of(child_);
            board_.stage = acting;
        } else if (board_.stage == acted) {
            result_.descriptors_left = descriptors_of(child_) - descriptors_;
            result_.mappings_left = mappings_of(child_) - mappings_;
            board_.stage = finishing;
        }
    }

    void answer() {
        seccomp_notif request{};
        if (ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0) {
            return; // the child has died, or the call was interrupted
        }
        seccomp_notif_resp response{};
        response.id = request.id;
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        if (board_.stage == acting) {
            const bool fails = is_to_fail(request.data);
            response.error = fails ? -fault_->error : 0;
            response.flags = fails ? 0 : SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        }
        ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &response);
    }

    bool is_to_fail(const seccomp_data& data) {
        Call call{data.nr, {}};
        std::copy(std::begin(data.args), std::end(data.args), call.arguments);
        result_.calls.push_back(call);
        if (!fault_ || data.nr != fault_->number || plausible_errors(call).empty()) {
            return false;
        }
        const std::size_t nth = seen_++;
        return nth == fault_->nth || (fault_->for_good && nth > fault_->nth);
    }

    pid_t child_;
    int listener_;
    Board& board_;
    std::optional<Fault> fault_;
    Result& result_;
    std::size_t seen_ = 0; // calls of the fault's number
    long descriptors_ = 0;
    long mappings_ = 0;
};

// Fetches the child's listener.
int fetch_listener(pid_t child, const Board& board) {
    while (board.listener == 0) {
        if (waitid(P_PID, static_cast<id_t>(child), nullptr, WEXITED | WNOHANG | WNOWAIT) != 0 ||
            kill(child, 0) != 0) {
            return -1;
        }
        usleep(100);
    }
    if (board.listener < 0) {
        return -1;
    }
    const auto pidfd = static_cast<int>(syscall(SYS_pidfd_open, child, 0));
    const auto fd = static_cast<int>(syscall(SYS_pidfd_getfd, pidfd, board.listener.load(), 0));
    close(pidfd);
    return fd;
}

} // namespace

Result run(const Scenario& scenario, std::optional<Fault> fault) {
    const SharedBoard board;
    Result result;
    const pid_t child = fork();
    if (child == 0) {
        live_as_child(*board, scenario);
    }
    const int listener = fetch_listener(child, *board);
    if (listener < 0) {
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        result.possible = false;
        return result;
    }
    Kernel{child, listener, *board, fault, result}.serve();
    close(listener);
    result.thrown = board->thrown.data();
    result.code = board->code;
    result.was_documented = result.thrown.empty() || board->was_documented;
    return result;
}

std::string name_of(int system_call) {
    static const std::map<int, const char*> names{
        {SYS_openat, "openat"},
        {SYS_fcntl, "fcntl"},
        {SYS_fallocate, "fallocate"},
        {SYS_ftruncate, "ftruncate"},
        {SYS_fchmod, "fchmod"},
        {SYS_linkat, "linkat"},
        {SYS_mmap, "mmap"},
        {SYS_newfstatat, "newfstatat"},
        {SYS_fstat, "fstat"},
        {SYS_fstatfs, "fstatfs"},
        {SYS_futex, "futex"},
        {number_of_futex_waitv, "futex_waitv"},
        {SYS_membarrier, "membarrier"},
        {SYS_pread64, "pread64"},
        {SYS_read, "read"},
        {SYS_brk, "brk"},
        {SYS_pidfd_open, "pidfd_open"},
        {SYS_getdents64, "getdents64"},
        {SYS_statfs, "statfs"},
        {SYS_getrandom, "getrandom"},
        {SYS_readlinkat, "readlinkat"},
        {SYS_close, "close"},
        {SYS_munmap, "munmap"},
        {SYS_unlinkat, "unlinkat"},
        {SYS_dup3, "dup3"},
        {SYS_madvise, "madvise"},
        {SYS_clock_nanosleep, "clock_nanosleep"},
#ifdef SYS_readlink
        {SYS_readlink, "readlink"},
        {SYS_unlink, "unlink"},
        {SYS_access, "access"},
#endif
    };
    const auto found = names.find(system_call);
    return found != names.end() ? found->second : "system call " + std::to_string(system_call);
}

namespace {

// A sanitizer's own malloc() cannot handle a failure.
constexpr bool malloc_may_fail = !test::sanitized;

} // namespace

std::vector<int> plausible_errors(const Call& call) {
    switch (call.number) {
    case SYS_openat:
        return {EMFILE, ENFILE, ENOMEM, ENOSPC, EACCES, EINTR};
    case SYS_fcntl:
        return call.arguments[1] == F_OFD_SETLK ? std::vector{ENOLCK, EAGAIN} : std::vector{ENOLCK};
    case SYS_fallocate:
        return {ENOSPC, EINTR, EOPNOTSUPP, ENOMEM};
    case SYS_ftruncate:
        return {EINTR, ENOSPC};
    case SYS_fchmod:
        return {EPERM};
    case SYS_linkat:
        return {ENOSPC, EACCES, ENOMEM, EEXIST};
    case SYS_mmap:
        if (static_cast<int>(call.arguments[4]) < 0 && !malloc_may_fail) {
            return {};
        }
        return {ENOMEM};
    case SYS_brk:
        return malloc_may_fail ? std::vector{ENOMEM} : std::vector<int>{};
    case SYS_newfstatat:
    case SYS_fstat:
        return {ENOMEM};
    case SYS_statfs:
    case SYS_fstatfs:
        return {EINTR, ENOMEM};
    case SYS_futex:
        return {EINTR, EAGAIN};
    case number_of_futex_waitv:
        return {EINTR, EAGAIN, ENOSYS, ENOMEM};
    case SYS_membarrier:
        return {EPERM, ENOSYS};
    case SYS_pread64:
    case SYS_read:
        return {EINTR, EIO};
    case SYS_pidfd_open:
        return {EMFILE, ENOSYS, ENOMEM};
    case SYS_getdents64:
        return {ENOMEM};
    case SYS_getrandom:
        return {EINTR};
    case SYS_dup3:
        return {EMFILE, EINTR};
    case SYS_madvise:
        return {ENOMEM};
    case SYS_clock_nanosleep:
        return {EINTR};
#ifdef SYS_readlink
    case SYS_readlink:
        return {ENOMEM, EACCES};
    case SYS_unlink:
#endif
    case SYS_unlinkat:
        return {EACCES, ENOMEM};
    default:
        return {};
    }
}

bool can_last(const Call& call, int error) {
    const bool passes = error == EINTR || error == EEXIST || error == EAGAIN;
    return !passes && (call.number != SYS_mmap || malloc_may_fail);
}

} // namespace surroundings
