// SPDX-License-Identifier: BSL-1.0

// Debian's prometheus scrapes crex metrics.

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "cli/command.hpp"
#include "cli/http.hpp"
#include "support/eventually.hpp"

using namespace test;

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace std::chrono_literals;

// Prometheus with a directory and a port of its own, as an ordinary user.
class Prometheus {
public:
    explicit Prometheus(int target) {
        fs::permissions(directory_, fs::perms::all);
        const std::string config = directory_ + "/prometheus.yml";
        std::ofstream{config} << "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                                 "scrape_configs:\n"
                                 "  - job_name: crex\n"
                                 "    static_configs: [{targets: ['127.0.0.1:"
                              << target << "']}]\n";
        process_.emplace([&] {
            become_nobody();
            const int log = ::open((directory_ + "/log").c_str(), O_WRONLY | O_CREAT, 0600);
            ::dup2(log, STDERR_FILENO);
            ::execlp("prometheus", "prometheus", ("--config.file=" + config).c_str(),
                     ("--storage.tsdb.path=" + directory_ + "/data").c_str(),
                     ("--web.listen-address=127.0.0.1:" + std::to_string(port_)).c_str(), nullptr);
            return 1;
        });
    }
    ~Prometheus() {
        process_->kill();
        fs::remove_all(directory_);
    }
    Prometheus(const Prometheus&) = delete;
    Prometheus& operator=(const Prometheus&) = delete;

    // The results of a query: objects with the labels and the value. Empty while it does not
    // answer.
    [[nodiscard]] json query(const std::string& expression) const {
        try {
            const HttpAnswer answer = http(port_, "/api/v1/query?query=" + encoded(expression));
            if (answer.status != 503) { // which says that it is starting
                BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
                return json::parse(answer.body)["data"]["result"];
            }
        } catch (const std::system_error&) { // it does not listen yet
        }
        return json::array();
    }

    // The first result as a number; -1 when there is none.
    [[nodiscard]] double number(const std::string& expression) const {
        const json results = query(expression);
        return results.empty() ? -1 : std::stod(results[0]["value"][1].get<std::string>());
    }

    [[nodiscard]] std::string log() const {
        std::ifstream file{directory_ + "/log"};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

private:
    static std::string encoded(const std::string& text) {
        std::string result;
        for (const char c : text) {
            std::array<char, 4> code{};
            std::snprintf(code.data(), code.size(), "%%%02X", static_cast<unsigned char>(c));
            result += code.data();
        }
        return result;
    }

    static std::string new_directory() {
        std::string name = (fs::temp_directory_path() / "crex-prometheus.XXXXXX").string();
        BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        return name;
    }

    std::string directory_ = new_directory();
    int port_ = free_port();
    std::optional<Process> process_;
};

crex::MessageQueue make_queue(const std::string& name) {
    return crex::MessageQueue{name, crex::O_CREX, {.max_messages = 4, .max_message_size = 8}};
}

} // namespace

BOOST_AUTO_TEST_CASE(prometheus_finds_the_queue_that_is_stuck_among_a_thousand_objects) {
    if (!is_installed("prometheus") || !enter_stage()) {
        return;
    }
    std::vector<crex::Semaphore> many;
    for (int i = 0; i < 500; ++i) {
        many.emplace_back("/semaphore-" + std::to_string(i), crex::O_CREX);
    }
    std::vector<crex::RobustSemaphore> robust;
    for (int i = 0; i < 496; ++i) {
        robust.emplace_back("/robust-" + std::to_string(i), crex::O_CREX);
    }
    auto stuck = make_queue("/stuck \"queue\"\n");
    auto flowing = make_queue("/flowing");
    auto waiting = make_queue("/waiting");
    for (int i = 0; i < 4; ++i) {
        stuck.send("x");
        flowing.send("x");
    }
    const Process worker{[&] {
        for (;;) {
            static_cast<void>(flowing.receive());
            flowing.send("x"); // full again
            std::this_thread::sleep_for(10ms);
        }
        return 0;
    }};
    const auto turn = crex::RobustSemaphore{"/turn", crex::O_CREX};
    Process server{CREX_TEST_COMMAND, {"metrics", "--listen", "127.0.0.1:0"}};
    const std::string url = server.read_line();
    const int port = std::atoi(url.c_str() + url.rfind(':') + 1);
    const Prometheus prometheus{port};

    const std::string query = "crex_queue_messages == crex_queue_max_messages"
                              " and rate(crex_queue_received_total[10s]) == 0";
    // Two scrapes in which the worker did not run would find the flowing queue, too.
    json found;
    BOOST_TEST(eventually([&] { return (found = prometheus.query(query)).size() == 1; }, 120s),
               found.dump() + prometheus.log());
    BOOST_TEST(found[0]["metric"]["kind"] == "crex-mq");
    BOOST_TEST(found[0]["metric"]["name"] == R"(/stuck "queue"\x0A)");
    BOOST_TEST(prometheus.number(R"(rate(crex_queue_received_total{name="/flowing"}[10s]))") > 0);
    BOOST_TEST(prometheus.number("sum(crex_objects)") == 1000);
    BOOST_TEST(prometheus.number("count(crex_object_users)") == 1000);
    BOOST_TEST(prometheus.number("up") == 1);
    const std::size_t bytes = http(port, "/metrics").body.size();
    BOOST_TEST(bytes < 1500000U);
    BOOST_TEST_MESSAGE("1000 objects: "
                       << bytes << " bytes, " << prometheus.number("scrape_samples_scraped")
                       << " samples in " << prometheus.number("scrape_duration_seconds")
                       << " s, of which looking took "
                       << prometheus.number("crex_inventory_duration_seconds"));
}
