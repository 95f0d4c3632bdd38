// SPDX-License-Identifier: Apache-2.0
// Inference for operators that only rearrange values.
#include <algorithm>
#include <limits>

#include "network/inference.hpp"

namespace ctffr::network {

void infer_concat(Inference& at) {
    if (!at.node.has("axis")) at.fail("it has no axis");
    const std::int64_t axis = at.axis(at.node.integer("axis", 0), at.rank(0));
    Shape out = at.shape(0);
    if (out.empty()) at.fail("single numbers cannot be joined");
    for (std::size_t i = 1; i < at.node.inputs.size(); ++i) {
        Shape other = at.shape(i);
        const std::int64_t extent =
            other.size() == out.size() ? other[static_cast<std::size_t>(axis)] : std::int64_t{-1};
        if (extent >= 0) other[static_cast<std::size_t>(axis)] = out[static_cast<std::size_t>(axis)];
        if (other != out || at.input(i).type != at.input(0).type)
            at.fail("inputs of shape {} and {} cannot be joined along axis {}", shape_text(at.shape(0)),
                    shape_text(at.shape(i)), axis);
        out[static_cast<std::size_t>(axis)] += extent;
    }
    at.node.attributes["axis"] = axis;
    at.output(at.input(0).type, std::move(out));
}

void infer_slice(Inference& at) {
    const std::int64_t rank = at.rank(0);
    Integers starts = at.constant_integers(1), ends = at.constant_integers(2), given;
    if (at.has(3))
        given = at.constant_integers(3);
    else
        for (std::int64_t a = 0; a < static_cast<std::int64_t>(starts.size()); ++a) given.push_back(a);
    const Integers axes = at.axes(given, rank);
    const Integers steps = at.has(4) ? at.constant_integers(4) : Integers(starts.size(), 1);
    if (starts.size() != axes.size() || ends.size() != axes.size() || steps.size() != axes.size())
        at.fail("starts, ends, axes and steps differ in number");

    // One entry per axis of the input, each inside it, so that an executor copies without further rules.
    Shape out = at.shape(0);
    Integers first(out.size(), 0), last = out, stride(out.size(), 1);
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const auto a = static_cast<std::size_t>(axes[i]);
        const std::int64_t extent = out[a], step = steps[i];
        if (step == 0 || step == std::numeric_limits<std::int64_t>::min()) at.fail("a step of {}", step);
        const std::int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
        const auto inside = [&](std::int64_t v) { return std::clamp(v < 0 ? v + extent : v, low, high); };
        first[a] = std::max<std::int64_t>(0, inside(starts[i]));
        last[a] = inside(ends[i]);
        stride[a] = step;
        const std::int64_t way = step > 0 ? last[a] - first[a] : first[a] - last[a];
        const std::int64_t pace = step > 0 ? step : -step;
        out[a] = extent == 0 || way <= 0 ? 0 : (way - 1) / pace + 1;
    }
    // ONNX counts a negative end from the back, so "before the first" needs a value below that.
    for (std::size_t a = 0; a < last.size(); ++a)
        if (last[a] < 0) last[a] = -at.shape(0)[a] - 1;
    at.output(at.input(0).type, std::move(out));
    Integers all;
    for (std::int64_t a = 0; a < rank; ++a) all.push_back(a);
    at.set_input(1, integer_tensor(std::move(first)), "starts");
    at.set_input(2, integer_tensor(std::move(last)), "ends");
    at.set_input(3, integer_tensor(std::move(all)), "axes");
    at.set_input(4, integer_tensor(std::move(stride)), "steps");
}

void infer_split(Inference& at) {
    const std::int64_t axis = at.axis(at.node.integer("axis", 0), at.rank(0));
    Shape part = at.shape(0);
    if (part.empty()) at.fail("a single number cannot be split");
    const std::int64_t extent = part[static_cast<std::size_t>(axis)];
    const auto parts = static_cast<std::int64_t>(at.node.outputs.size());
    Integers sizes;
    if (at.has(1)) {
        sizes = at.constant_integers(1);
    } else {
        const std::int64_t each = (extent + parts - 1) / parts;
        for (std::int64_t i = 0; i < parts; ++i)
            sizes.push_back(std::clamp<std::int64_t>(extent - i * each, 0, each));
    }
    std::int64_t total = 0;
    for (const std::int64_t size : sizes) total += size;
    if (static_cast<std::int64_t>(sizes.size()) != parts || total != extent ||
        std::any_of(sizes.begin(), sizes.end(), [](std::int64_t size) { return size < 0; }))
        at.fail("{} parts that do not make up the extent {} of axis {}", parts, extent, axis);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        part[static_cast<std::size_t>(axis)] = sizes[i];
        at.output(at.input(0).type, part, i);
    }
    at.node.attributes["axis"] = axis;
    at.node.attributes.erase("num_outputs");
    at.set_input(1, integer_tensor(std::move(sizes)), "split");
}

void infer_pad(Inference& at) {
    const std::string mode = at.node.text("mode", "constant");
    const auto rank = static_cast<std::size_t>(at.rank(0));
    const Integers given = at.constant_integers(1);
    if (at.has(2) && (at.constant(2).size() != 1 || at.input(2).type != at.input(0).type))
        at.fail("its fill value is not one number of the input's type");
    Integers pads(2 * rank, 0);
    if (at.has(3)) {
        const Integers axes = at.axes(at.constant_integers(3), at.rank(0));
        if (given.size() != 2 * axes.size()) at.fail("{} pads for {} axes", given.size(), axes.size());
        for (std::size_t i = 0; i < axes.size(); ++i) {
            pads[static_cast<std::size_t>(axes[i])] = given[i];
            pads[static_cast<std::size_t>(axes[i]) + rank] = given[i + axes.size()];
        }
    } else {
        if (given.size() != pads.size()) at.fail("{} pads for {} axes", given.size(), rank);
        pads = given;
    }
    Shape out = at.shape(0);
    for (std::size_t a = 0; a < rank; ++a) {
        const std::int64_t before = pads[a], after = pads[a + rank], extent = out[a];
        if (std::max(std::abs(before), std::abs(after)) > std::int64_t{1} << 30)
            at.fail("a pad of very large width");
        const std::int64_t widest = std::max(before, after);
        if ((mode == "reflect" && widest >= std::max<std::int64_t>(extent, 1)) ||
            (mode == "wrap" && widest > extent) || (mode == "edge" && widest > 0 && extent == 0))
            at.fail("pads {} and {} of axis {} with extent {} in mode {}", before, after, a, extent, mode);
        out[a] += before + after;
        if (out[a] < 0) at.fail("pads {} and {} cut all of axis {} with extent {}", before, after, a, extent);
    }
    at.node.attributes["mode"] = mode;
    at.output(at.input(0).type, std::move(out));
    at.set_input(1, integer_tensor(std::move(pads)), "pads");
    if (at.node.inputs.size() > 3) at.node.inputs.resize(3);
}

void infer_reshape(Inference& at) {
    const Shape& in = at.shape(0);
    const Integers& wanted = at.constant_integers(1);
    constexpr std::int64_t largest = std::int64_t{1} << 50;
    const bool zero_is_zero = at.node.integer("allowzero", 0) != 0;
    Shape out;
    std::int64_t known = 1;
    int open = -1;
    for (std::size_t a = 0; a < wanted.size(); ++a) {
        std::int64_t extent = wanted[a];
        if (extent == 0 && !zero_is_zero) {
            if (a >= in.size())
                at.fail("extent 0 of axis {} stands for none of its input {}", a, shape_text(in));
            extent = in[a];
        }
        if (extent < -1 || (extent == -1 && open >= 0))
            at.fail("the new shape {} is not possible", shape_text(wanted));
        if (extent == -1)
            open = static_cast<int>(a);
        else if (known > largest / std::max<std::int64_t>(extent, 1))
            at.fail("the new shape {} is too large", shape_text(wanted));
        else
            known *= extent;
        out.push_back(extent);
    }
    const std::int64_t count = element_count(in);
    if (open >= 0) {
        if (known == 0 || count % known != 0)
            at.fail("{} cannot become {}", shape_text(in), shape_text(wanted));
        out[static_cast<std::size_t>(open)] = count / known;
    }
    if (element_count(out) != count) at.fail("{} cannot become {}", shape_text(in), shape_text(wanted));
    at.output(at.input(0).type, std::move(out));
}

void infer_flatten(Inference& at) {
    const Shape& in = at.shape(0);
    const std::int64_t given = at.node.integer("axis", 1);
    if (given < -at.rank(0) || given > at.rank(0)) at.fail("axis {} of shape {}", given, shape_text(in));
    const std::int64_t axis = given < 0 ? given + at.rank(0) : given;
    at.node.attributes["axis"] = axis;
    at.output(at.input(0).type, {element_count(Shape(in.begin(), in.begin() + axis)),
                                 element_count(Shape(in.begin() + axis, in.end()))});
}

void infer_transpose(Inference& at) {
    const Shape& in = at.shape(0);
    Integers order;
    for (std::int64_t a = at.rank(0); a-- > 0;) order.push_back(a);
    order = at.axes(at.node.integers("perm", order), at.rank(0));
    if (order.size() != in.size()) at.fail("perm has {} entries for shape {}", order.size(), shape_text(in));
    Shape out;
    for (const std::int64_t a : order) out.push_back(in[static_cast<std::size_t>(a)]);
    at.node.attributes["perm"] = std::move(order);
    at.output(at.input(0).type, std::move(out));
}

void infer_squeeze(Inference& at) {
    const Shape& in = at.shape(0);
    Integers axes;
    if (at.has(1)) {
        axes = at.axes(at.constant_integers(1), at.rank(0));
    } else {
        for (std::size_t a = 0; a < in.size(); ++a)
            if (in[a] == 1) axes.push_back(static_cast<std::int64_t>(a));
    }
    Shape out;
    for (std::size_t a = 0; a < in.size(); ++a) {
        const bool gone = std::count(axes.begin(), axes.end(), static_cast<std::int64_t>(a)) > 0;
        if (gone && in[a] != 1) at.fail("axis {} of shape {} is not 1", a, shape_text(in));
        if (!gone) out.push_back(in[a]);
    }
    at.output(at.input(0).type, std::move(out));
}

void infer_unsqueeze(Inference& at) {
    const Integers given = at.constant_integers(1);
    const std::int64_t rank = at.rank(0) + static_cast<std::int64_t>(given.size());
    Integers axes = at.axes(given, rank);
    std::sort(axes.begin(), axes.end());
    Shape out = at.shape(0);
    for (const std::int64_t a : axes) out.insert(out.begin() + a, 1);
    at.output(at.input(0).type, std::move(out));
}

void infer_gather(Inference& at) {
    const Shape& in = at.shape(0);
    if (in.empty()) at.fail("a single number has no axis");
    if (at.input(1).type != ElementType::int64) at.fail("its indices are not integers");
    const std::int64_t axis = at.axis(at.node.integer("axis", 0), at.rank(0));
    const std::int64_t extent = in[static_cast<std::size_t>(axis)];
    // Indices known only at run time could lie outside, which no executor checks on a device.
    for (const std::int64_t index : at.constant_integers(1))
        if (index < -extent || index >= extent) at.fail("index {} along an axis of extent {}", index, extent);
    Shape out(in.begin(), in.begin() + axis);
    out.insert(out.end(), at.shape(1).begin(), at.shape(1).end());
    out.insert(out.end(), in.begin() + axis + 1, in.end());
    at.node.attributes["axis"] = axis;
    at.output(at.input(0).type, std::move(out));
}

void infer_expand(Inference& at) {
    at.output(at.input(0).type, broadcast(at, at.shape(0), at.constant_integers(1)));
}

void infer_tile(Inference& at) {
    constexpr std::int64_t largest = std::int64_t{1} << 50;
    const Integers& repeats = at.constant_integers(1);
    Shape out = at.shape(0);
    if (repeats.size() != out.size()) at.fail("{} repeats for shape {}", repeats.size(), shape_text(out));
    for (std::size_t a = 0; a < out.size(); ++a) {
        if (repeats[a] < 0 || (repeats[a] > 0 && out[a] > largest / repeats[a]))
            at.fail("{} repeats along axis {}", repeats[a], a);
        out[a] *= repeats[a];
    }
    at.output(at.input(0).type, std::move(out));
}

}  // namespace ctffr::network
