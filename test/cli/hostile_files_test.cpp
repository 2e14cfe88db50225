// SPDX-License-Identifier: BSL-1.0

// Whatever files /dev/shm contains, listing them does no harm, and an object in use is never taken
// for stale.

#include <filesystem>
#include <fstream>
#include <random>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/command.hpp"

using namespace test;
using crex::ObjectState;

namespace {

namespace fs = std::filesystem;

using Bytes = std::vector<char>;

Bytes bytes_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void write(const std::string& path, const Bytes& bytes) {
    std::ofstream file{path, std::ios::binary};
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Valid files of all kinds, and the prefixes of their names.
struct Model {
    std::string prefix;
    Bytes bytes;
};

template <class Kind> Model model_of(const std::string& prefix) {
    const std::string name = unique_name();
    const Removed<Kind> removed{name};
    const auto handle = Kind::open(name, crex::O_CREX);
    return {prefix, bytes_of(Kind::path(name))};
}

std::vector<Model> models() {
    std::vector<Model> all{
        model_of<Semaphores>("sem."),           model_of<RobustSemaphores>("crex-sem."),
        model_of<RobustQueues>("crex-mq."),     model_of<BoostQueues>(""),
        model_of<RobustSemaphores>("crex-mq."), model_of<RobustQueues>("crex-ring."),
        model_of<BoostQueues>("sem."),
    };
    all.push_back({"crex-poll.", {}});
    return all;
}

class Mutator {
public:
    explicit Mutator(unsigned seed) : random_{seed} {}

    Bytes mutant(Bytes bytes) {
        switch (random_() % 6) {
        case 0: // truncated
            bytes.resize(random_() % (bytes.size() + 1));
            break;
        case 1: // longer
            bytes.resize(bytes.size() + random_() % 10'000, 'x');
            break;
        case 2: // all bytes changed
            for (char& byte : bytes) {
                byte = static_cast<char>(random_());
            }
            break;
        default: // some bytes changed, mostly in the header
            for (unsigned count = 1 + random_() % 8; count != 0 && !bytes.empty(); --count) {
                const std::size_t all = random_() % 2 == 0 ? 400 : 5000;
                bytes[random_() % std::min(bytes.size(), all)] = static_cast<char>(random_());
            }
        }
        return bytes;
    }

    std::string name() {
        std::string name = unique_name().substr(1);
        if (random_() % 8 == 0) { // any bytes that are allowed in a name
            for (int i = 0; i < 4; ++i) {
                const char byte = static_cast<char>(random_());
                name += byte == '/' || byte == '\0' ? '\n' : byte;
            }
        }
        return name;
    }

    unsigned operator()() { return static_cast<unsigned>(random_()); }

private:
    std::mt19937 random_;
};

void make_odd_files() {
    mkfifo("/dev/shm/sem.fifo", 0600);
    mkfifo("/dev/shm/crex-mq.fifo", 0600);
    mkfifo("/dev/shm/crex-poll.", 0600);
    mkfifo("/dev/shm/crex-poll.zzzz", 0600);
    fs::create_symlink("/dev/zero", "/dev/shm/crex-mq.link");
    fs::create_symlink("crex-sem.loop", "/dev/shm/crex-sem.loop");
    fs::create_directory("/dev/shm/crex-ring.directory");
    mknod("/dev/shm/crex-mq.device", S_IFCHR | 0600, makedev(1, 5));
    write("/dev/shm/sem.", {});
    write("/dev/shm/crex-mq.", {});
    write("/dev/shm/sem.empty", {});
    write("/dev/shm/sparse", {});
    truncate("/dev/shm/sparse", off_t{1} << 40);
}

void expect_no_user(const std::vector<crex::Object>& objects, const std::string& except) {
    for (const crex::Object& object : objects) {
        if (object.name != except && !object.key) {
            BOOST_TEST((object.state == ObjectState::stale), to_string(object.kind)
                                                                 << ':' << object.name);
        }
    }
}

void remove_all_but(const std::string& path) {
    for (const auto& entry : fs::directory_iterator{"/dev/shm"}) {
        if (fs::is_regular_file(entry.symlink_status()) && entry.path() != path) {
            fs::remove(entry.path());
        }
    }
}

void show_some(const std::vector<crex::Object>& objects, Mutator& choose) {
    std::vector<std::string> words{"show", "--"};
    for (int i = 0; i < 10; ++i) {
        const crex::Object& object = objects[choose() % objects.size()];
        words.push_back(std::string{to_string(object.kind)} + ":" + object.name);
    }
    expect_status(0, words);
}

void try_mutants(unsigned count, unsigned seed) {
    const auto all = models();
    const std::string used = unique_name();
    const Removed<RobustQueues> removed{used};
    const Holder holder{[&] { return RobustQueues::open(used, crex::O_CREX); }};
    Mutator mutator{seed};
    for (unsigned done = 0; done < count; done += 100) {
        for (int i = 0; i < 100; ++i) {
            const Model& model = all[mutator() % all.size()];
            write("/dev/shm/" + model.prefix + mutator.name(), mutator.mutant(model.bytes));
        }
        write(RobustQueues::path(used), mutator.mutant(bytes_of(RobustQueues::path(used))));
        const auto objects = crex::list_objects().objects;
        BOOST_TEST(objects.size() > 100U);
        expect_no_user(objects, used);
        expect_status(0, {"ls", "--json"});
        expect_status(0, {"ls"});
        expect_status(0, {"top", "--once", "--every", "0"});
        show_some(objects, mutator);
        if (done % 1000 == 0) {
            expect_status(
                0, {"gc", "--all", "--prefix", "/", "--older", "0", "--with-content", "--yes"});
        } else { // this inspects all processes for each file, which is too slow to do for all
            remove_all_but(RobustQueues::path(used));
        }
        BOOST_TEST_REQUIRE(fs::exists(RobustQueues::path(used)));
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(ten_thousand_mutants_and_nothing_else_are_listed_and_removed) {
    if (enter_stage()) {
        make_odd_files();
        const unsigned seed = std::random_device{}();
        BOOST_TEST_CONTEXT("seed " << seed) { try_mutants(10'000, seed); }
    }
}

BOOST_AUTO_TEST_CASE(file_whose_size_changes_while_it_is_read_does_no_harm) {
    if (!enter_stage()) {
        return;
    }
    const auto all = models();
    const Holder jitter{[&] {
        for (std::size_t i = 0; i < all.size(); ++i) {
            write("/dev/shm/" + all[i].prefix + "jitter" + std::to_string(i), all[i].bytes);
        }
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (Mutator random{1};;) {
                const std::size_t i = random() % all.size();
                const std::string path = "/dev/shm/" + all[i].prefix + "jitter" + std::to_string(i);
                truncate(path.c_str(), random() % 30'000);
                write(path, all[i].bytes);
            }
        }
        return 0;
    }};
    for (int i = 0; i < 1000; ++i) {
        BOOST_TEST(!crex::list_objects({.users = false}).objects.empty());
    }
}
