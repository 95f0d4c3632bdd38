// SPDX-License-Identifier: Apache-2.0
#include "network/cpu/program.hpp"

#include <algorithm>
#include <utility>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/profiler.hpp"
#include "network/arena.hpp"

namespace ctffr::network::cpu {

Buffer Program::add(const Place& place) {
    places_.push_back(place);
    at_.push_back(nullptr);
    return static_cast<Buffer>(places_.size()) - 1;
}

Buffer Program::scratch(std::size_t bytes) { return add({Kind::scratch, bytes}); }

Buffer Program::part(Buffer whole, std::size_t offset) {
    Place place{Kind::part};
    place.whole = whole, place.offset = offset;
    const Buffer buffer = add(place);
    if (places_[static_cast<std::size_t>(root(whole))].kind == Kind::constant)
        at_[static_cast<std::size_t>(buffer)] = at_[static_cast<std::size_t>(whole)] + offset;
    return buffer;
}

Buffer Program::constant(std::size_t bytes) {
    const Buffer buffer = add({Kind::constant, bytes});
    owned_.emplace_back(Cpu{}, static_cast<Index>(std::max<std::size_t>(bytes, 1)));
    at_.back() = owned_.back().data();
    return buffer;
}

Buffer Program::outside() { return add({Kind::outside}); }

Buffer Program::root(Buffer buffer) const {
    while (places_[static_cast<std::size_t>(buffer)].kind == Kind::part)
        buffer = places_[static_cast<std::size_t>(buffer)].whole;
    return buffer;
}

void Program::step(std::string name, std::vector<Buffer> reads, std::vector<Buffer> writes, Body body) {
    steps_.push_back({std::move(name), std::move(reads), std::move(writes), std::move(body)});
}

void Program::finish() {
    // The memory plan works on graphs: a value per buffer, a node per step. Memory that several steps write
    // in turn (the parts of a concatenation) is made by the first of them and read by the others.
    Graph graph;
    graph.values.resize(places_.size());
    std::vector<std::size_t> bytes(places_.size(), 0);
    for (std::size_t b = 0; b < places_.size(); ++b)
        if (places_[b].kind == Kind::scratch) bytes[b] = places_[b].bytes;
    std::vector<bool> made(places_.size(), false);
    for (const Step& step : steps_) {
        Node node;
        for (const Buffer buffer : step.reads) node.inputs.push_back(root(buffer));
        for (const Buffer buffer : step.writes) {
            const Buffer whole = root(buffer);
            (made[static_cast<std::size_t>(whole)] ? node.inputs : node.outputs).push_back(whole);
            made[static_cast<std::size_t>(whole)] = true;
        }
        graph.nodes.push_back(std::move(node));
    }
    const ArenaPlan plan = plan_arena(graph, bytes);
    arena_bytes_ = plan.bytes;
    owned_.emplace_back(Cpu{}, static_cast<Index>(std::max<std::size_t>(plan.bytes, 1)));
    for (std::size_t b = 0; b < places_.size(); ++b)
        if (plan.offset[b] != ArenaPlan::no_place) at_[b] = owned_.back().data() + plan.offset[b];
}

void Program::run() {
    // A part comes after its whole.
    for (std::size_t b = 0; b < places_.size(); ++b)
        if (places_[b].kind == Kind::part)
            at_[b] = at_[static_cast<std::size_t>(places_[b].whole)] + places_[b].offset;
    for (const Step& step : steps_) {
        run_.check_cancel();
        const ScopedTimer timer(run_.profiler, step.name);
        step.body(at_.data());
    }
}

}  // namespace ctffr::network::cpu
