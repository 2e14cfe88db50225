// SPDX-License-Identifier: BSL-1.0
#include <crex/crex.hpp>
#include <iostream>

int main() {
    const crex::Inventory inventory = crex::list_objects();
    for (const crex::Object& object : inventory.objects) {
        std::cout << to_string(object.kind) << ' ' << object.name << ": "
                  << to_string(object.state);
        if (crex::is_robust(object.kind) && object.state == crex::ObjectState::stale &&
            crex::remove_if_stale(object) == crex::Removal::removed) {
            std::cout << ", removed";
        }
        std::cout << std::endl;
    }
}
