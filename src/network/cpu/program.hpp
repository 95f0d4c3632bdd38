// SPDX-License-Identifier: Apache-2.0
// What a graph becomes: steps in order, and the memory they work on.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "ctffr/core/run.hpp"
#include "ctffr/parallel/array.hpp"

namespace ctffr::network::cpu {

// Memory of a program, by number. Where it lies is known from finish() on, except for constants.
using Buffer = int;

class Program {
   public:
    // Addresses by buffer, while a step runs.
    using Addresses = std::byte* const*;
    using Body = std::function<void(Addresses)>;

    explicit Program(const Run& run) : run_(run) {}

    // Memory from the first step that writes it to the last that uses it.
    Buffer scratch(std::size_t bytes);
    // The bytes of `whole` from `offset` on, under a name of their own.
    Buffer part(Buffer whole, std::size_t offset);
    // Memory of the program itself; address() is valid at once.
    Buffer constant(std::size_t bytes);
    std::byte* address(Buffer constant) { return at_[static_cast<std::size_t>(constant)]; }
    // Memory of the caller, set before each run.
    Buffer outside();

    // `name` is for the profile.
    void step(std::string name, std::vector<Buffer> reads, std::vector<Buffer> writes, Body body);
    // Runs `body` at once, on constants.
    void now(const Body& body) { body(at_.data()); }

    // Ends the list of steps: plans the memory and allocates it.
    void finish();
    void set_outside(Buffer buffer, void* memory) {
        at_[static_cast<std::size_t>(buffer)] = static_cast<std::byte*>(memory);
    }
    // Throws Error(interrupted) when the user asked to stop.
    void run();
    std::size_t arena_bytes() const { return arena_bytes_; }

   private:
    enum class Kind { scratch, part, constant, outside };
    struct Place {
        Kind kind;
        std::size_t bytes = 0, offset = 0;
        Buffer whole = -1;
    };
    struct Step {
        std::string name;
        std::vector<Buffer> reads, writes;
        Body body;
    };
    Buffer add(const Place& place);
    Buffer root(Buffer buffer) const;

    Run run_;
    std::vector<Place> places_;
    std::vector<Step> steps_;
    std::vector<std::byte*> at_;
    std::vector<Array<std::byte, Cpu>> owned_;
    std::size_t arena_bytes_ = 0;
};

}  // namespace ctffr::network::cpu
