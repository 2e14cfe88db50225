// SPDX-License-Identifier: BSL-1.0

// How the demos read params.txt and their options.

#include <fstream>

#include <boost/test/unit_test.hpp>

#include "demos/stage.hpp"
#include "support/eventually.hpp"
#include "support/expect.hpp"
#include "support/private_shm.hpp"

using namespace test;

namespace {

const std::vector<std::string> programs{"premise", "conclusion", "mq_premise", "mq_conclusion",
                                        "cleanup"};

using Arguments = std::vector<std::string>;

// Every program must refuse the arguments with a message that contains all these parts.
void expect_refusal(const Arguments& arguments, const std::vector<std::string>& parts) {
    for (const std::string& program : programs) {
        Process process{app(program), arguments, Capture::errors};
        const std::string errors = process.read_all();
        BOOST_TEST(process.wait() == 2, program << ": " << errors);
        BOOST_TEST(errors.starts_with(program + ": "), errors);
        for (const std::string& part : parts) {
            BOOST_TEST(contains(errors, part), part << " is not in " << errors);
        }
    }
}

void expect_refusal(const Params& params, const std::vector<std::string>& parts) {
    expect_refusal(Arguments{"--params", params.path()}, parts);
}

bool all_digits(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// First the file's line has the bad value, and the message names the line. Then an option has it,
// and the message names the option.
void expect_bad_value(const std::string& key, const std::string& option, const std::string& value) {
    Params params;
    const std::string place = params.set(key, value);
    expect_refusal(params, {place, key});
    const Params good;
    expect_refusal(Arguments{"--params", good.path(), option + "=" + value}, {option});
}

} // namespace

BOOST_AUTO_TEST_CASE(error_about_an_unknown_key_names_file_line_and_key) {
    Params params;
    const std::string place = params.append("FRUSTRATION=1");
    expect_refusal(params, {place, "FRUSTRATION"});
}

// The file has only the four to six keys of posix_ipc's own files.
BOOST_AUTO_TEST_CASE(missing_keys_have_their_defaults) {
    Stage<SharedMemoryDemo> stage;
    for (const char* const key : {"ITERATIONS", "LIVE_DANGEROUSLY", "MESSAGE_QUEUE_NAME",
                                  "PERMISSIONS", "SHM_SIZE", "QUEUE_BACKEND_NAME"}) {
        stage.params.remove(key);
    }
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    BOOST_TEST(crex::inspect_semaphore(stage.params.semaphore_name())->mode == 0600U);
    BOOST_TEST(crex::SharedMemory{stage.params.shared_memory_name()}.size() == 4096U);
    Program conclusion = stage.conclusion({"--quiet"});
    expect_exit(premise, 0);
    BOOST_TEST(contains(premise.output(), "messages exchanged:  2000\n"), premise.output());
    expect_exit(conclusion, 0);
}

// Runs in a /dev/shm of its own, where no other program has objects of these names. They are
// created, so that cleanup finds them.
int clean_up_defaults(const std::string& path) {
    if (!enter_private_shm("1m")) {
        skip("no /dev/shm of its own");
        return 0;
    }
    Semaphores::open("/wuthering_heights", crex::O_CREX);
    SharedMemories::open("/four_yorkshiremen", crex::O_CREX);
    BoostQueues::open("/my_message_queue", crex::O_CREX);
    Process cleanup{app("cleanup"), {"--params", path}};
    cleanup.read_all();
    return cleanup.wait() == 0 && files_in_shm() == 0 ? 0 : 1;
}

BOOST_AUTO_TEST_CASE(missing_names_have_their_defaults) {
    Params params;
    for (const char* const key : {"SEMAPHORE_NAME", "SHARED_MEMORY_NAME", "MESSAGE_QUEUE_NAME"}) {
        params.remove(key);
    }
    BOOST_TEST(in_child([&] { return clean_up_defaults(params.path()); }) == 0);
}

// posix_ipc's parser in Python takes every value without NAME in its key for a number.
BOOST_AUTO_TEST_CASE(parameter_file_is_read_by_posix_ipc) {
    std::ifstream file{CREX_PARAMS_FILE};
    BOOST_TEST_REQUIRE(file.is_open());
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        const auto equals = line.find('=');
        const std::string key = line.substr(0, equals);
        const std::string value = line.substr(equals + 1);
        BOOST_TEST((key.find("NAME") != key.npos || all_digits(value)), line);
    }
}

BOOST_AUTO_TEST_CASE(error_about_a_repeated_key_names_file_line_and_key) {
    Params params;
    const std::string place = params.append("ITERATIONS=1");
    expect_refusal(params, {place, "ITERATIONS"});
}

BOOST_AUTO_TEST_CASE(error_about_a_line_without_an_equals_sign_names_file_and_line) {
    Params params;
    const std::string place = params.append("and now for something completely different");
    expect_refusal(params, {place, "completely different", "'='"});
}

BOOST_AUTO_TEST_CASE(value_that_a_naive_parser_would_misread_is_refused) {
    Params two_signs;
    expect_refusal(two_signs, {two_signs.set("ITERATIONS", "1=1"), "ITERATIONS"});
    Params comment;
    expect_refusal(comment, {comment.set("ITERATIONS", "1 # just one"), "ITERATIONS"});
}

BOOST_AUTO_TEST_CASE(error_about_a_missing_file_names_it) {
    expect_refusal(Arguments{"--params", "/nowhere/params.txt"},
                   {"/nowhere/params.txt", "No such file"});
}

BOOST_AUTO_TEST_CASE(a_folder_is_no_file) {
    expect_refusal(Arguments{"--params", "/tmp"}, {"/tmp"});
}

BOOST_AUTO_TEST_CASE(iterations_must_be_a_whole_number_above_zero) {
    for (const char* const value :
         {"0", "-1", "+1", "1.5", "0x10", "ten", "10 000", "", "99999999999999999999"}) {
        expect_bad_value("ITERATIONS", "--iterations", value);
    }
}

BOOST_AUTO_TEST_CASE(permissions_must_be_octal_and_no_more_than_0777) {
    for (const char* const value : {"0689", "01000", "-0600", "rw-------", ""}) {
        expect_bad_value("PERMISSIONS", "--permissions", value);
    }
}

BOOST_AUTO_TEST_CASE(the_memory_must_hold_a_digest) {
    for (const char* const value : {"32", "0", "-4096", "4096k", "18446744073709551616"}) {
        expect_bad_value("SHM_SIZE", "--shm-size", value);
    }
}

BOOST_AUTO_TEST_CASE(living_dangerously_is_0_or_1) {
    for (const char* const value : {"2", "-1", "yes"}) {
        expect_bad_value("LIVE_DANGEROUSLY", "--live-dangerously", value);
    }
}

BOOST_AUTO_TEST_CASE(names_begin_with_their_only_slash) {
    for (const char* const value : {"wuthering_heights", "/", "/wuthering/heights", "/.."}) {
        expect_bad_value("SEMAPHORE_NAME", "--semaphore-name", value);
        expect_bad_value("SHARED_MEMORY_NAME", "--shared-memory-name", value);
        expect_bad_value("MESSAGE_QUEUE_NAME", "--message-queue-name", value);
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_backend_is_refused) {
    expect_bad_value("QUEUE_BACKEND_NAME", "--queue-backend-name", "carrier_pigeon");
    Params params;
    const std::string place = params.set("QUEUE_BACKEND_NAME", "Robust");
    expect_refusal(params, {place, "must be boost, posix or robust, not \"Robust\""});
}

BOOST_AUTO_TEST_CASE(every_backend_can_be_chosen_in_the_file_and_on_the_command_line) {
    for (const auto backend : {crex::Backend::boost, crex::Backend::posix, crex::Backend::robust}) {
        const std::string name{to_string(backend)};
        Params params;
        for (const Arguments& options : {Arguments{}, Arguments{"--queue-backend-name", name}}) {
            const Removed<RobustQueues> removed{params.message_queue_name()};
            Arguments arguments{"--params", params.path(), "--iterations", "3", "--quiet"};
            arguments.insert(arguments.end(), options.begin(), options.end());
            params.set("QUEUE_BACKEND_NAME", options.empty() ? name : "boost");
            Program premise{app("mq_premise"), arguments};
            BOOST_TEST(eventually([&] {
                return crex::inspect_message_queue(params.message_queue_name(), backend)
                    .has_value();
            }));
            Program conclusion{app("mq_conclusion"), arguments};
            expect_exit(premise, 0);
            expect_exit(conclusion, 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(error_about_an_unknown_option_names_it) {
    expect_refusal(Arguments{"--frustration", "1"}, {"frustration"});
    expect_refusal(Arguments{"params.txt"}, {});
}

BOOST_AUTO_TEST_CASE(patience_must_be_a_number_above_zero) {
    const Params params;
    for (const char* const value : {"0", "-1", "nan", "inf", "a while"}) {
        Process premise{app("premise"),
                        {"--params", params.path(), std::string{"--patience="} + value},
                        Capture::errors};
        BOOST_TEST(contains(premise.read_all(), "--patience"));
        BOOST_TEST(premise.wait() == 2);
    }
}

BOOST_AUTO_TEST_CASE(case_spaces_and_comments_do_not_matter) {
    Stage<SharedMemoryDemo> stage;
    stage.params.append("   # ITERATIONS=7 is a comment, and this is another one: #");
    stage.params.append("\t");
    stage.params.set_line("SHM_SIZE", "shm_size=5000");
    stage.params.set_line("ITERATIONS", "  Iterations \t = 3  ");
    Program premise = stage.premise({"--quiet"});
    stage.await_objects_of(premise);
    BOOST_TEST(crex::SharedMemory{stage.params.shared_memory_name()}.size() == 5000U);
    Program conclusion = stage.conclusion({"--quiet"});
    expect_exit(premise, 0);
    BOOST_TEST(contains(premise.output(), "messages exchanged:  6\n"), premise.output());
    expect_exit(conclusion, 0);
}

BOOST_AUTO_TEST_CASE(options_override_the_file) {
    const Stage<SharedMemoryDemo> stage;
    const Params elsewhere;
    const Arguments arguments{"--params",
                              stage.params.path(),
                              "--semaphore-name",
                              elsewhere.semaphore_name(),
                              "--shared-memory-name",
                              elsewhere.shared_memory_name(),
                              "--iterations",
                              "3",
                              "--quiet"};
    Program premise{app("premise"), arguments};
    BOOST_TEST(eventually([&] {
        return crex::inspect_semaphore(elsewhere.semaphore_name()) &&
               crex::inspect_shared_memory(elsewhere.shared_memory_name());
    }));
    Program conclusion{app("conclusion"), arguments};
    expect_exit(conclusion, 0);
    BOOST_TEST(contains(conclusion.output(), "messages exchanged:  6\n"), conclusion.output());
    expect_exit(premise, 0);
}

BOOST_AUTO_TEST_CASE(the_mode_in_the_file_is_the_mode_of_the_objects) {
    Stage<SharedMemoryDemo> stage;
    stage.params.set("PERMISSIONS", "0640");
    const Program premise = stage.premise();
    stage.await_objects_of(premise);
    BOOST_TEST(crex::inspect_semaphore(stage.params.semaphore_name())->mode == 0640U);
    BOOST_TEST(crex::inspect_shared_memory(stage.params.shared_memory_name())->mode == 0640U);
}

BOOST_AUTO_TEST_CASE(help_tells_of_every_option_and_needs_no_file) {
    for (const std::string& program : programs) {
        Process process{app(program), {"--help", "--params", "/nowhere"}};
        const std::string text = process.read_all();
        BOOST_TEST(process.wait() == 0, program);
        BOOST_TEST(contains(text, "boost, posix or robust"), program);
        for (const char* const option :
             {"--params", "--iterations", "--live-dangerously", "--semaphore-name",
              "--shared-memory-name", "--message-queue-name", "--permissions", "--shm-size",
              "--queue-backend-name"}) {
            BOOST_TEST(contains(text, option), program << " says nothing about " << option);
        }
    }
}
