// SPDX-License-Identifier: Apache-2.0
// Operators that move values without changing them.
#include <algorithm>

#include "ctffr/core/error.hpp"
#include "network/cuda/channels_last_types.hpp"

namespace ctffr::network {

namespace {

// True when a map of channels is a run that can be moved eight at a time: it starts at a multiple of eight,
// and ends at one or at the last channel (what follows there is padding and zero).
bool moves_in_packs(const AxisMap& channels, Index source_channels, Index target_at) {
    const Index first = channels.front(), count = static_cast<Index>(channels.size());
    if (first < 0 || first % 8 != 0 || target_at % 8 != 0) return false;
    for (Index i = 0; i < count; ++i)
        if (channels[static_cast<std::size_t>(i)] != first + i) return false;
    return count % 8 == 0 || first + count == source_channels;
}

}  // namespace

// The part of image `to` at `at` whose extents are those of the map. It must end where the target's channels
// end, or at a multiple of eight, or have another part after it.
template <class Exec, class T>
void ChannelsLast<Exec, T>::add_gather(const Operand& from, ImageMap map, float fill, int to,
                                       const kernels::NhwcShape& at) {
    const kernels::NhwcShape target = slot(to).shape;
    const auto extent = [&](std::size_t axis) { return static_cast<Index>(map[axis].size()); };
    kernels::NhwcShape block;
    block.n = extent(0), block.c = extent(1), block.d = extent(2), block.h = extent(3), block.w = extent(4);
    if (block.n * block.c * block.d * block.h * block.w == 0) return;
    const bool ends = at.c + block.c == target.c;
    const bool packs = moves_in_packs(map[1], from.shape.c, at.c) && (ends || block.c % 8 == 0);
    const Index first_pack = map[1].front() / 8;
    // The last part also writes the target's padding channels.
    if (ends) {
        block.c = target.pitch() - at.c;
        map[1].resize(static_cast<std::size_t>(block.c), -1);
    }
    const auto kept = [&](std::size_t axis) { return keep(map[axis]).data; };
    kernels::NhwcMap tables;
    tables.n = kept(0), tables.c = kept(1), tables.d = kept(2), tables.h = kept(3), tables.w = kept(4);
    steps_.push_back([=, this](const Exec& exec) {
        if (packs)
            kernels::nhwc_gather_packs<Exec, T>(exec, from.shape, from.data, tables, first_pack, block, fill,
                                                target, at, image(to));
        else
            kernels::nhwc_gather<Exec, T>(exec, from.shape, from.data, tables, block, fill, target, at,
                                          image(to));
    });
}

namespace {

kernels::NhwcShape origin() {
    kernels::NhwcShape at;
    at.n = at.d = at.h = at.w = at.c = 0;
    return at;
}

}  // namespace

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_identity(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!is_image(in)) return false;
    steps_.push_back([=, this](const Exec& exec) {
        kernels::nhwc_affine<Exec, T>(exec, "copy", slot(in).shape, image_in(in), {}, {}, {}, {}, {},
                                      image(out));
    });
    return true;
}

// By way of row-major values, whose order a new shape does not change.
template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_reshape(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const bool from_image = is_image(in), to_image = is_image(out);
    if (value(in).constant || value(in).type != ElementType::float32 || (!from_image && !to_image))
        return false;
    const Index count = element_count(value(in).shape);
    reserve(0, static_cast<std::size_t>(count) * sizeof(float));
    steps_.push_back([=, this](const Exec& exec) {
        const auto rows_of = [&](std::byte* data) {
            return View<float>(reinterpret_cast<float*>(data), count);
        };
        View<float> rows =
            from_image ? rows_of(to_image ? workspace(0) : slot(out).data) : rows_of(slot(in).data);
        if (from_image) kernels::rows_from_nhwc<Exec, T>(exec, slot(in).shape, image_in(in), rows);
        if (to_image) kernels::nhwc_from_rows<Exec, T>(exec, slot(out).shape, rows, image(out));
    });
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_concat(const Node& node) {
    const int out = node.outputs[0];
    if (!is_image(out)) return false;
    const std::size_t rank = value(out).shape.size();
    const std::size_t axis = image_axis(positive_axis(node.integer("axis", 1), rank), rank);
    std::vector<Operand> parts;
    for (const int in : node.inputs) {
        const auto part = operand(in, rank);
        if (!part || value(in).shape.size() != rank) return false;
        parts.push_back(*part);
    }
    kernels::NhwcShape at = origin();
    Index* const places[5] = {&at.n, &at.c, &at.d, &at.h, &at.w};
    for (const Operand& part : parts) {
        const ImageMap map = identity_map(part.shape);
        add_gather(part, map, 0.0f, out, at);
        *places[axis] += static_cast<Index>(map[axis].size());
    }
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_slice(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Tensor *starts = constant(node, 1), *axes = constant(node, 3), *steps = constant(node, 4);
    const auto left_out = [&](std::size_t i) { return i >= node.inputs.size() || node.inputs[i] < 0; };
    if (!is_image(in) || !starts || (!axes && !left_out(3)) || (!steps && !left_out(4))) return false;
    const Shape& shape = value(in).shape;
    ImageMap map = identity_map(slot(in).shape);
    for (std::size_t i = 0; i < starts->integers.size(); ++i) {
        const std::size_t axis =
            positive_axis(axes ? axes->integers[i] : static_cast<std::int64_t>(i), shape.size());
        const std::int64_t step = steps ? steps->integers[i] : 1, size = shape[axis];
        std::int64_t start = starts->integers[i];
        if (start < 0) start += size;
        start = std::clamp<std::int64_t>(start, 0, step > 0 ? size : size - 1);
        AxisMap& along = map[image_axis(axis, shape.size())];
        along.clear();
        for (std::int64_t k = 0; k < value(out).shape[axis]; ++k)
            along.push_back(static_cast<std::int32_t>(start + k * step));
    }
    add_gather({slot(in).shape, image_in(in)}, std::move(map), 0.0f, out, origin());
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_split(const Node& node) {
    const int in = node.inputs[0];
    if (!is_image(in)) return false;
    const Shape& shape = value(in).shape;
    const std::size_t axis = positive_axis(node.integer("axis", 0), shape.size());
    std::int32_t first = 0;
    for (const int out : node.outputs) {
        if (out < 0) return false;
        ImageMap map = identity_map(slot(in).shape);
        AxisMap& along = map[image_axis(axis, shape.size())];
        along.resize(static_cast<std::size_t>(value(out).shape[axis]));
        for (std::int32_t& index : along) index = first++;
        add_gather({slot(in).shape, image_in(in)}, std::move(map), 0.0f, out, origin());
    }
    return true;
}

template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_pad(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    const Tensor *pads = constant(node, 1), *fill = constant(node, 2), *axes = constant(node, 3);
    const auto left_out = [&](std::size_t i) { return i >= node.inputs.size() || node.inputs[i] < 0; };
    if (!is_image(in) || !pads || (!fill && !left_out(2)) || (!axes && !left_out(3))) return false;
    const Shape &from = value(in).shape, &to = value(out).shape;
    ImageMap map = identity_map(slot(in).shape);
    const std::size_t count = pads->integers.size() / 2;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t axis =
            positive_axis(axes ? axes->integers[i] : static_cast<std::int64_t>(i), from.size());
        map[image_axis(axis, from.size())] =
            padded_map(from[axis], pads->integers[i], to[axis], node.text("mode", "constant"));
    }
    add_gather({slot(in).shape, image_in(in)}, std::move(map),
               fill && !fill->floats.empty() ? fill->floats[0] : 0, out, origin());
    return true;
}

// Tile and Expand: an axis of the result runs through that of the source again and again.
template <class Exec, class T>
bool ChannelsLast<Exec, T>::add_repeat(const Node& node) {
    const int in = node.inputs[0], out = node.outputs[0];
    if (!is_image(in) || !is_image(out) || value(in).shape.size() != value(out).shape.size()) return false;
    ImageMap map = identity_map(slot(out).shape);
    const ImageMap source = identity_map(slot(in).shape);
    for (std::size_t a = 0; a < 5; ++a)
        for (std::int32_t& index : map[a]) index %= static_cast<std::int32_t>(source[a].size());
    add_gather({slot(in).shape, image_in(in)}, std::move(map), 0.0f, out, origin());
    return true;
}

#define CTFFR_MOVES(Exec, T)                                                              \
    template bool ChannelsLast<Exec, T>::add_identity(const Node& node);                  \
    template bool ChannelsLast<Exec, T>::add_reshape(const Node& node);                   \
    template bool ChannelsLast<Exec, T>::add_concat(const Node& node);                    \
    template bool ChannelsLast<Exec, T>::add_slice(const Node& node);                     \
    template bool ChannelsLast<Exec, T>::add_split(const Node& node);                     \
    template bool ChannelsLast<Exec, T>::add_pad(const Node& node);                       \
    template bool ChannelsLast<Exec, T>::add_repeat(const Node& node);                    \
    template void ChannelsLast<Exec, T>::add_gather(const Operand&, ImageMap, float, int, \
                                                    const kernels::NhwcShape&);
CTFFR_FOR_CHANNELS_LAST(CTFFR_MOVES)
#undef CTFFR_MOVES

}  // namespace ctffr::network
