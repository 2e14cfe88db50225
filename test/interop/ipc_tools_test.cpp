// SPDX-License-Identifier: BSL-1.0

// ipcs(1), ipcrm(1) and ipcmk(1) see and handle crex's objects, and crex handles theirs.

#include <boost/test/unit_test.hpp>

#include "helpers/outcome.hpp"
#include "interop/sysv_peers.hpp"
#include "support/sysv.hpp"

using namespace test;

namespace sysv = crex::sysv;

namespace {

std::string program(const char* name) { return "/usr/bin/" + std::string{name}; }

bool tools_are_here() {
    const bool here =
        is_there(program("ipcs")) && is_there(program("ipcrm")) && is_there(program("ipcmk"));
    if (!here) {
        skip("util-linux has no ipcs, ipcrm or ipcmk here");
    }
    return here;
}

// The output of the tool, which must succeed.
std::string output_of(const char* tool, const std::vector<std::string>& arguments) {
    Process process{program(tool), arguments};
    std::string output = process.read_all();
    BOOST_TEST(process.wait() == 0);
    return output;
}

std::string hexadecimal(std::int32_t key) {
    char text[16];
    std::snprintf(text, sizeof text, "0x%08x", static_cast<unsigned>(key));
    return text;
}

// The line of ipcs that begins with this key; an object's id comes second.
std::string line_of(std::int32_t key, const char* kind) {
    const std::string all = output_of("ipcs", {kind});
    const auto begin = all.find(hexadecimal(key) + " ");
    return begin == all.npos ? "" : all.substr(begin, all.find('\n', begin) - begin);
}

// ipcmk chooses the key itself and prints the ID.
int made(SysvKind kind, const std::vector<std::string>& arguments) {
    const std::string output = output_of("ipcmk", arguments);
    const int id = std::stoi(output.substr(output.rfind(' ')));
    note(kind, id);
    return id;
}

} // namespace

BOOST_AUTO_TEST_CASE(ipcs_shows_objects_made_by_crex) {
    if (!tools_are_here()) {
        return;
    }
    OnlyHere<sysv::SemaphoreSet> set{
        sysv::SemaphoreSet{unique_key(), crex::O_CREX, {.mode = 0640, .size = 3}}};
    OnlyHere<sysv::SharedMemory> memory{
        sysv::SharedMemory{unique_key(), crex::O_CREX, {.mode = 0640, .size = 1234}}};
    OnlyHere<sysv::MessageQueue> queue{
        sysv::MessageQueue{unique_key(), crex::O_CREX, {.mode = 0640}}};
    const auto expect = [](const std::string& line, int id, const std::string& number) {
        BOOST_TEST(contains(line, ' ' + std::to_string(id) + ' '), line);
        BOOST_TEST(contains(line, " 640 "), line);
        BOOST_TEST(contains(line, number), line);
    };
    expect(line_of(set->key(), "-s"), set->id(), " 3 ");
    expect(line_of(memory->key(), "-m"), memory->id(), " 1234 ");
    expect(line_of(queue->key(), "-q"), queue->id(), " 0 ");
}

BOOST_AUTO_TEST_CASE(ipcrm_removes_objects_made_by_crex_and_ends_their_waits) {
    if (!tools_are_here()) {
        return;
    }
    const sysv::Semaphore semaphore{unique_key(), crex::O_CREX};
    const sysv::SharedMemory memory{unique_key(), crex::O_CREX, {.size = 1}};
    const sysv::MessageQueue queue{unique_key(), crex::O_CREX};
    auto acquirer = let_wait<CrexSysv>({"acquire", std::to_string(semaphore.key())});
    auto receiver = let_wait<CrexSysv>({"receive", std::to_string(queue.key()), "0"});
    output_of("ipcrm", {"-S", hexadecimal(semaphore.key()), "-m", std::to_string(memory.id()), "-q",
                        std::to_string(queue.id())});
    BOOST_TEST(acquirer.wait() == existential_error);
    BOOST_TEST(receiver.wait() == existential_error);
    BOOST_TEST(!sysv::SharedMemory::try_open(memory.key()));
}

BOOST_AUTO_TEST_CASE(objects_made_by_ipcmk_can_be_used_and_removed) {
    if (!tools_are_here()) {
        return;
    }
    OnlyHere<sysv::SemaphoreSet> set{
        sysv::SemaphoreSet::from_id(made(SysvKind::semaphores, {"-S", "2", "-p", "0600"}))};
    OnlyHere<sysv::SharedMemory> memory{
        sysv::SharedMemory::from_id(made(SysvKind::memory, {"-M", "100", "-p", "0600"}))};
    OnlyHere<sysv::MessageQueue> queue{
        sysv::MessageQueue::from_id(made(SysvKind::queue, {"-Q", "-p", "0600"}))};
    BOOST_TEST((set->values() == std::vector<unsigned>{0, 0}));
    set->operate({{0, 1}, {1, 2}});
    BOOST_TEST((sysv::SemaphoreSet{set->key()}.values() == std::vector<unsigned>{1, 2}));
    BOOST_TEST(memory->attach().size() == 100U);
    BOOST_TEST(sysv::SharedMemory{memory->key()}.id() == memory->id());
    sysv::MessageQueue{queue->key()}.send("hello");
    BOOST_TEST(queue->receive().body == "hello");
}

BOOST_AUTO_TEST_CASE(a_set_from_ipcmk_has_no_values_yet_and_o_creat_says_so) {
    if (!tools_are_here()) {
        return;
    }
    OnlyHere<sysv::SemaphoreSet> set{
        sysv::SemaphoreSet::from_id(made(SysvKind::semaphores, {"-S", "1"}))};
    expect_error<crex::CorruptError>(ENOTRECOVERABLE,
                                     [&] { sysv::Semaphore(set->key(), crex::o_creat); });
    BOOST_TEST(sysv::Semaphore{set->key()}.value() == 0U);
}
