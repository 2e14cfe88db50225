// SPDX-License-Identifier: BSL-1.0
#include "completion/completion.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string_view>
#include <utility>

#include <crex/inventory.hpp>

#include "completion/words.hpp"
#include "failure.hpp"
#include "objects/naming.hpp"

namespace cli {

void write_completions(const std::filesystem::path& directory) {
    for (const auto& [name, text] :
         {std::pair{"bash/crex", bash_completion()}, std::pair{"zsh/_crex", zsh_completion()},
          std::pair{"fish/crex.fish", fish_completion()}}) {
        const auto path = directory / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream file{path};
        file << text;
        if (!file.flush()) {
            throw Failure{io_error, "cannot write to " + path.string()};
        }
    }
}

std::string names_to_complete() {
    std::string text;
    for (const crex::Object& object : crex::list_objects({.users = false}).objects) {
        const std::string name = object.key ? full_name(object) : object.name;
        const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
            return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                   std::string_view{"/._:+-@%,"}.find(c) != std::string_view::npos;
        });
        if (plain) { // no shell gives it another meaning
            text += name + '\n';
        }
    }
    return text;
}

} // namespace cli
