// SPDX-License-Identifier: BSL-1.0
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/vector.hpp>
#include <boost/interprocess/indexes/iset_index.hpp>
#include <boost/interprocess/managed_external_buffer.hpp>

#include <crex/crex.hpp>
#include <iostream>
#include <mutex>

namespace bip = boost::interprocess;

// Without a lock of its own: crex's semaphore is the lock.
using Heap = bip::basic_managed_external_buffer<char, bip::rbtree_best_fit<bip::null_mutex_family>,
                                                bip::iset_index>;
using Numbers = bip::vector<int, bip::allocator<int, Heap::segment_manager>>;

int main() {
    crex::RobustSemaphore turn{"/numbers", crex::o_creat};
    crex::SharedMemory memory{"/numbers", crex::o_creat, {.size = 65536}};
    crex::Mapping mapping = memory.map();
    auto& formatted = *reinterpret_cast<bool*>(mapping.bytes().data()); // false at first
    const auto room = mapping.bytes().subspan(64);

    const std::scoped_lock guard{turn};
    if (turn.previous_holder_died()) { // the containers may be half-changed: begin anew
        formatted = false;
    }
    Heap heap = formatted ? Heap{bip::open_only, room.data(), room.size()}
                          : Heap{bip::create_only, room.data(), room.size()};
    formatted = true;
    auto& numbers = *heap.find_or_construct<Numbers>("numbers")(heap.get_segment_manager());
    numbers.push_back(static_cast<int>(numbers.size()));
    std::cout << numbers.size() << " numbers" << std::endl;
}
