// SPDX-License-Identifier: Apache-2.0
// Operators that move values without changing them: each is a map per axis (call.hpp).
#include <algorithm>

#include "network/reference/call.hpp"

namespace ctffr::network::reference {

namespace {

// out = the elements of `in` that `map` names; `fill` where it names none.
template <class T>
void copy_mapped(const Cpu& exec, const std::vector<T>& in, const AxisMap& map, T fill, Tensor& out) {
    auto& to = values<T>(out);
    const bool scalar = out.shape.empty();
    for_rows<1>(exec, "arrange", out.shape, {&map},
                [&](Index first, Index length, const std::array<std::int64_t, 1>& base) {
                    for (Index i = 0; i < length; ++i) {
                        const Index step = scalar ? 0 : map.back()[static_cast<std::size_t>(i)];
                        to[static_cast<std::size_t>(first + i)] =
                            base[0] < 0 || step < 0 ? fill : in[static_cast<std::size_t>(base[0] + step)];
                    }
                });
}

void copy_mapped(const Call& call, const AxisMap& map, Tensor& out) {
    with_type(out, [&](auto zero) {
        using T = decltype(zero);
        copy_mapped<T>(call.exec, values<T>(call.in(0)), map, T{0}, out);
    });
}

// The map with offset step * from(axis, coordinate) for each axis; from < 0: nowhere.
template <class From>
AxisMap map_axes(const Shape& in, const Shape& out, const From& from) {
    const Shape strides = strides_of(in);
    AxisMap map(out.size());
    for (std::size_t a = 0; a < out.size(); ++a)
        for (Index i = 0; i < out[a]; ++i) {
            const Index coordinate = from(a, i);
            map[a].push_back(coordinate < 0 ? -1 : coordinate * strides[a]);
        }
    return map;
}

// Coordinate in [0, extent) that pads coordinate i, which may lie outside; -1: the fill value.
Index padded_coordinate(const std::string& mode, Index i, Index extent) {
    if (i >= 0 && i < extent) return i;
    if (mode == "edge") return i < 0 ? 0 : extent - 1;
    if (mode == "reflect") return i < 0 ? -i : 2 * (extent - 1) - i;
    if (mode == "wrap") return (i % extent + extent) % extent;
    return -1;
}

}  // namespace

void identity(const Call& call) {
    call.out().floats = call.in(0).floats;
    call.out().integers = call.in(0).integers;
}

void concat(const Call& call) {
    const auto axis = static_cast<std::size_t>(call.node.integer("axis", 0));
    Index inner = 1, outer = 1;
    for (std::size_t a = 0; a < call.out().shape.size(); ++a)
        (a < axis ? outer : inner) *= a == axis ? 1 : call.out().shape[a];
    const Index row = inner * call.out().shape[axis];
    with_type(call.out(), [&](auto zero) {
        using T = decltype(zero);
        Index start = 0;
        for (std::size_t k = 0; k < call.inputs.size(); ++k) {
            const Index width = inner * call.shape(k)[axis];
            for (Index o = 0; o < outer; ++o)
                std::copy_n(values<T>(call.in(k)).begin() + o * width, width,
                            values<T>(call.out()).begin() + o * row + start);
            start += width;
        }
    });
}

void slice(const Call& call) {
    const auto &starts = call.in(1).integers, &steps = call.in(4).integers;
    copy_mapped(call,
                map_axes(call.shape(0), call.out().shape,
                         [&](std::size_t a, Index i) { return starts[a] + i * steps[a]; }),
                call.out());
}

void split(const Call& call) {
    const auto axis = static_cast<std::size_t>(call.node.integer("axis", 0));
    Index start = 0;
    for (Tensor& part : call.outputs) {
        copy_mapped(call,
                    map_axes(call.shape(0), part.shape,
                             [&](std::size_t a, Index i) { return a == axis ? start + i : i; }),
                    part);
        start += part.shape[axis];
    }
}

void pad(const Call& call) {
    const std::string mode = call.node.text("mode", "constant");
    const auto& pads = call.in(1).integers;
    const AxisMap map = map_axes(call.shape(0), call.out().shape, [&](std::size_t a, Index i) {
        return padded_coordinate(mode, i - pads[a], call.shape(0)[a]);
    });
    with_type(call.out(), [&](auto zero) {
        using T = decltype(zero);
        copy_mapped<T>(call.exec, values<T>(call.in(0)), map,
                       call.has(2) ? values<T>(call.in(2)).at(0) : T{0}, call.out());
    });
}

void transpose(const Call& call) {
    const auto order = call.node.integers("perm", {});
    const Shape strides = strides_of(call.shape(0));
    AxisMap map(order.size());
    for (std::size_t a = 0; a < order.size(); ++a)
        for (Index i = 0; i < call.out().shape[a]; ++i)
            map[a].push_back(i * strides[static_cast<std::size_t>(order[a])]);
    copy_mapped(call, map, call.out());
}

void gather(const Call& call) {
    // The axes of the indices stand in the place of one axis of the data: seen as one axis, it is a map.
    const auto axis = static_cast<std::size_t>(call.node.integer("axis", 0));
    const Shape& in = call.shape(0);
    Tensor flat;
    flat.type = call.out().type;
    flat.shape = in;
    flat.shape[axis] = call.in(1).size();
    with_type(flat,
              [&](auto zero) { values<decltype(zero)>(flat).resize(static_cast<std::size_t>(flat.size())); });
    copy_mapped(call,
                map_axes(in, flat.shape,
                         [&](std::size_t a, Index i) {
                             if (a != axis) return i;
                             const Index index = call.in(1).integers[static_cast<std::size_t>(i)];
                             return index < 0 ? index + in[axis] : index;
                         }),
                flat);
    call.out().floats = std::move(flat.floats);
    call.out().integers = std::move(flat.integers);
}

void expand(const Call& call) {
    copy_mapped(call, broadcast_map(call.shape(0), call.out().shape), call.out());
}

void tile(const Call& call) {
    const Shape& in = call.shape(0);
    copy_mapped(call, map_axes(in, call.out().shape, [&](std::size_t a, Index i) { return i % in[a]; }),
                call.out());
}

void shape(const Call& call) {
    const auto start = static_cast<std::size_t>(call.node.integer("start", 0));
    for (std::size_t i = 0; i < call.out().integers.size(); ++i)
        call.out().integers[i] = call.shape(0)[start + i];
}

void constant_of_shape(const Call& call) {
    const auto value = call.node.attributes.find("value");
    if (value == call.node.attributes.end()) return;
    const Tensor& tensor = std::get<Tensor>(value->second);
    with_type(tensor, [&](auto zero) {
        auto& out = values<decltype(zero)>(call.out());
        std::fill(out.begin(), out.end(), values<decltype(zero)>(tensor).at(0));
    });
}

void range(const Call& call) {
    with_type(call.out(), [&](auto zero) {
        using T = decltype(zero);
        const T start = values<T>(call.in(0)).at(0), step = values<T>(call.in(2)).at(0);
        auto& out = values<T>(call.out());
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = start + static_cast<T>(i) * step;
    });
}

}  // namespace ctffr::network::reference
