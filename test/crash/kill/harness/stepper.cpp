// SPDX-License-Identifier: BSL-1.0
#include "stepper.hpp"

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

namespace crash {

namespace {

constexpr long breakpoint = 0xcc; // int3
constexpr long system_call = 0x050f;

void allow_tracing() {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) {
        throw std::system_error{errno, std::generic_category(), "ptrace"};
    }
}

void* as_address(std::uint64_t address) { return reinterpret_cast<void*>(address); }

void put_text(pid_t pid, std::uint64_t address, long text) {
    if (ptrace(PTRACE_POKETEXT, pid, as_address(address), text) != 0) {
        throw std::system_error{errno, std::generic_category(), "ptrace: setting a breakpoint"};
    }
}

void set_next(pid_t pid, std::uint64_t address) {
    ptrace(PTRACE_POKEUSER, pid, offsetof(user_regs_struct, rip), address);
}

} // namespace

[[gnu::noinline]] void operation_begins() { asm volatile("int3" ::: "memory"); }
[[gnu::noinline]] void operation_ends() { asm volatile("nop" ::: "memory"); }

bool may_trace() {
    Child child{[] {
        allow_tracing();
        raise(SIGSTOP);
    }};
    int status = 0;
    return waitpid(child.pid(), &status, 0) == child.pid() && WIFSTOPPED(status);
}

Stepper::Stepper(const std::function<void()>& body)
    : child_{[&] {
          allow_tracing();
          body();
      }} {
    if (int status = 0;
        waitpid(child_.pid(), &status, __WALL) != child_.pid() || !WIFSTOPPED(status)) {
        throw std::runtime_error{"the process to be stepped ended before its operation"};
    }
}

bool Stepper::resume(int how) {
    ptrace(static_cast<__ptrace_request>(how), child_.pid(), nullptr, nullptr);
    int status = 0;
    if (waitpid(child_.pid(), &status, __WALL) != child_.pid() || !WIFSTOPPED(status)) {
        throw std::runtime_error{"the process being stepped ended by itself: " +
                                 std::to_string(status)};
    }
    if (WSTOPSIG(status) != SIGTRAP) {
        throw std::runtime_error{"the process being stepped got a signal of its own"};
    }
    return address() != reinterpret_cast<std::uint64_t>(&operation_ends);
}

bool Stepper::step() { return resume(PTRACE_SINGLESTEP); }

bool Stepper::run_to(std::uint64_t address, std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) {
        if (i > 0 && !step()) { // step off the last breakpoint
            return false;
        }
        if (this->address() != address) { // a repeated instruction stays at its address
            run_on_to(address);
        }
        if (this->address() != address) {
            return false;
        }
    }
    return true;
}

// Stops at the end if that comes first.
void Stepper::run_on_to(std::uint64_t address) {
    const auto end = reinterpret_cast<std::uint64_t>(&operation_ends);
    const long text = text_at(address);
    const long text_at_end = text_at(end);
    put_text(child_.pid(), address, (text & ~0xffL) | breakpoint);
    put_text(child_.pid(), end, (text_at_end & ~0xffL) | breakpoint);
    resume(PTRACE_CONT);
    set_next(child_.pid(), this->address() - 1);
    put_text(child_.pid(), address, text);
    put_text(child_.pid(), end, text_at_end);
}

std::uint64_t Stepper::address() const {
    return static_cast<std::uint64_t>(
        ptrace(PTRACE_PEEKUSER, child_.pid(), offsetof(user_regs_struct, rip), nullptr));
}

bool Stepper::at_system_call() const { return (text_at(address()) & 0xffff) == system_call; }

long Stepper::text_at(std::uint64_t address) const {
    return ptrace(PTRACE_PEEKTEXT, child_.pid(), as_address(address), nullptr);
}

} // namespace crash
