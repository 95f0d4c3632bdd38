// SPDX-License-Identifier: Apache-2.0
// Inference for operators that slide a window, and for resampling. All window attributes are explicit
// afterwards.
#include <algorithm>
#include <cmath>

#include "network/inference.hpp"

namespace ctffr::network {

namespace {

// Attributes of a window over the spatial axes of a (batch, channel, ...) tensor.
struct Geometry {
    Integers in, kernel, stride, dilation, pads;  // pads: all begins, then all ends
    std::string auto_pad;

    std::size_t axes() const { return in.size(); }
    std::int64_t reach(std::size_t a) const { return dilation[a] * (kernel[a] - 1) + 1; }
};

Geometry geometry(const Inference& at, const Integers& kernel) {
    const Shape& shape = at.float_shape(0);
    if (shape.size() < 3 || shape.size() > 5)
        at.fail("an input of shape {}; supported are (batch, channel) and one to three axes",
                shape_text(shape));
    Geometry g;
    g.in.assign(shape.begin() + 2, shape.end());
    const std::size_t n = g.axes();
    g.kernel = at.node.integers("kernel_shape", kernel);
    g.stride = at.node.integers("strides", Integers(n, 1));
    g.dilation = at.node.integers("dilations", Integers(n, 1));
    g.pads = at.node.integers("pads", Integers(2 * n, 0));
    g.auto_pad = at.node.text("auto_pad", "NOTSET");
    if (!kernel.empty() && g.kernel != kernel) at.fail("kernel_shape is not the shape of its weights");
    if (g.kernel.size() != n || g.stride.size() != n || g.dilation.size() != n || g.pads.size() != 2 * n)
        at.fail("its window does not have the {} spatial axes of its input", n);
    const auto positive = [](const Integers& list) {
        return std::all_of(list.begin(), list.end(), [](std::int64_t v) { return v > 0 && v < 1 << 20; });
    };
    if (!positive(g.kernel) || !positive(g.stride) || !positive(g.dilation))
        at.fail("an extent of its window is not positive");
    if (std::any_of(g.pads.begin(), g.pads.end(), [](std::int64_t v) { return v < 0 || v > 1 << 20; }))
        at.fail("a pad is negative or very large");
    if (g.auto_pad != "NOTSET" && g.auto_pad != "VALID" && g.auto_pad != "SAME_UPPER" &&
        g.auto_pad != "SAME_LOWER")
        at.fail("auto_pad is '{}'", g.auto_pad);
    return g;
}

void set_total(Geometry& g, std::size_t a, std::int64_t total, bool more_at_end) {
    const std::int64_t half = total / 2;
    g.pads[a] = more_at_end ? half : total - half;
    g.pads[a + g.axes()] = total - g.pads[a];
}

// Turns auto_pad into pads for windows that read their input.
void resolve_auto_pad(Geometry& g) {
    if (g.auto_pad == "NOTSET") return;
    for (std::size_t a = 0; a < g.axes(); ++a) {
        const std::int64_t out = (g.in[a] + g.stride[a] - 1) / g.stride[a];
        const std::int64_t total =
            g.auto_pad == "VALID" ? 0
                                  : std::max<std::int64_t>(0, (out - 1) * g.stride[a] + g.reach(a) - g.in[a]);
        set_total(g, a, total, g.auto_pad == "SAME_UPPER");
    }
}

void store(const Geometry& g, Node& node) {
    node.attributes.erase("auto_pad");
    node.attributes["kernel_shape"] = g.kernel;
    node.attributes["strides"] = g.stride;
    node.attributes["dilations"] = g.dilation;
    node.attributes["pads"] = g.pads;
}

Shape window_shape(const Inference& at, const Geometry& g, std::int64_t channels, bool ceil_mode) {
    Shape shape{at.shape(0)[0], channels};
    for (std::size_t a = 0; a < g.axes(); ++a) {
        const std::int64_t room = g.in[a] + g.pads[a] + g.pads[a + g.axes()] - g.reach(a);
        if (room < 0) at.fail("its window is larger than its input {}", shape_text(at.shape(0)));
        std::int64_t out = room / g.stride[a] + 1;
        // A window that overhangs the end must still start inside the input or the padding before it.
        if (ceil_mode && room % g.stride[a] != 0 && out * g.stride[a] < g.in[a] + g.pads[a]) ++out;
        shape.push_back(out);
    }
    return shape;
}

void check_bias(const Inference& at, std::int64_t channels) {
    if (at.has(2) && at.float_shape(2) != Shape{channels})
        at.fail("a bias of shape {} for {} channels", shape_text(at.shape(2)), channels);
}

std::int64_t check_group(const Inference& at, std::int64_t weight_axis_in) {
    const std::int64_t group = at.node.integer("group", 1);
    if (group < 1 || at.shape(0)[1] % group != 0 || at.shape(1)[0] % group != 0 ||
        weight_axis_in != (at.node.op == "Conv" ? at.shape(0)[1] / group : at.shape(0)[1]))
        at.fail("an input of {} channels, weights of shape {} and {} groups", at.shape(0)[1],
                shape_text(at.shape(1)), group);
    at.node.attributes["group"] = group;
    return group;
}

Integers kernel_of_weights(const Inference& at) {
    const Shape& weights = at.float_shape(1);
    if (weights.size() != at.float_shape(0).size())
        at.fail("weights of shape {} for an input of shape {}", shape_text(weights), shape_text(at.shape(0)));
    return {weights.begin() + 2, weights.end()};
}

}  // namespace

void infer_conv(Inference& at) {
    if (at.rank(1) < 3) at.fail("weights of shape {}", shape_text(at.shape(1)));
    Geometry g = geometry(at, kernel_of_weights(at));
    check_group(at, at.shape(1)[1]);
    check_bias(at, at.shape(1)[0]);
    resolve_auto_pad(g);
    store(g, at.node);
    at.output(ElementType::float32, window_shape(at, g, at.shape(1)[0], false));
}

void infer_conv_transpose(Inference& at) {
    if (at.rank(1) < 3) at.fail("weights of shape {}", shape_text(at.shape(1)));
    Geometry g = geometry(at, kernel_of_weights(at));
    const std::int64_t channels = at.shape(1)[1] * check_group(at, at.shape(1)[0]);
    check_bias(at, channels);
    Integers extra = at.node.integers("output_padding", Integers(g.axes(), 0));
    const Integers wanted = at.node.integers("output_shape", {});
    if (extra.size() != g.axes() || (!wanted.empty() && wanted.size() != g.axes()))
        at.fail("output_padding or output_shape does not have {} entries", g.axes());
    Shape shape{at.shape(0)[0], channels};
    const bool same = g.auto_pad == "SAME_UPPER" || g.auto_pad == "SAME_LOWER";
    for (std::size_t a = 0; a < g.axes(); ++a) {
        const std::int64_t full = g.stride[a] * (g.in[a] - 1) + extra[a] + g.reach(a);
        if (g.auto_pad == "VALID") set_total(g, a, 0, true);
        if (!wanted.empty() || same) {
            const std::int64_t out = wanted.empty() ? g.in[a] * g.stride[a] : wanted[a];
            set_total(g, a, std::max<std::int64_t>(0, full - out), g.auto_pad == "SAME_UPPER");
            extra[a] += std::max<std::int64_t>(0, out - full);
        }
        shape.push_back(g.stride[a] * (g.in[a] - 1) + extra[a] + g.reach(a) - g.pads[a] -
                        g.pads[a + g.axes()]);
        if (shape.back() < 1 || extra[a] < 0) at.fail("its result has no extent along spatial axis {}", a);
    }
    store(g, at.node);
    at.node.attributes["output_padding"] = extra;
    at.node.attributes.erase("output_shape");
    at.output(ElementType::float32, std::move(shape));
}

void infer_pool(Inference& at) {
    if (!at.node.has("kernel_shape")) at.fail("it has no kernel_shape");
    Geometry g = geometry(at, {});
    // With automatic padding the extent is rounded as that rule says.
    const bool ceil_mode = at.node.integer("ceil_mode", 0) != 0 && g.auto_pad == "NOTSET";
    resolve_auto_pad(g);
    for (std::size_t a = 0; a < g.axes(); ++a)
        if (std::max(g.pads[a], g.pads[a + g.axes()]) >= g.reach(a))
            at.fail("its padding is as wide as its window");
    store(g, at.node);
    at.node.attributes["ceil_mode"] = std::int64_t{ceil_mode};
    at.output(ElementType::float32, window_shape(at, g, at.shape(0)[1], ceil_mode));
}

void infer_global_pool(Inference& at) {
    Shape shape = at.float_shape(0);
    if (shape.size() < 3) at.fail("an input of shape {} has no spatial axis", shape_text(shape));
    std::fill(shape.begin() + 2, shape.end(), 1);
    at.output(ElementType::float32, std::move(shape));
}

void infer_resize(Inference& at) {
    const Shape in = at.float_shape(0);
    Integers axes = at.node.integers("axes", {});
    if (axes.empty())
        for (std::int64_t a = 0; a < at.rank(0); ++a) axes.push_back(a);
    axes = at.axes(axes, at.rank(0));

    // Both forms for all axes: scales as the sampling positions need them, and the result's extents.
    std::vector<float> scales(in.size(), 1);
    Shape out = in;
    const bool by_scales = at.has(2) && !at.constant(2).floats.empty();
    if (by_scales) {
        const Tensor& given = at.constant(2);
        if (given.floats.size() != axes.size())
            at.fail("it has {} scales for {} axes", given.floats.size(), axes.size());
        for (std::size_t i = 0; i < axes.size(); ++i) {
            const auto a = static_cast<std::size_t>(axes[i]);
            scales[a] = given.floats[i];
            if (!(scales[a] > 0) || !(scales[a] < 1e6f)) at.fail("a scale is not a positive number");
            out[a] = static_cast<std::int64_t>(std::floor(static_cast<float>(in[a]) * scales[a]));
        }
    } else {
        const Integers& sizes = at.constant_integers(3);
        if (sizes.size() != axes.size()) at.fail("it has {} sizes for {} axes", sizes.size(), axes.size());
        for (std::size_t i = 0; i < axes.size(); ++i) {
            const auto a = static_cast<std::size_t>(axes[i]);
            out[a] = sizes[i];
            scales[a] = static_cast<float>(out[a]) / static_cast<float>(in[a]);
        }
    }
    for (const std::int64_t extent : out)
        if (extent < 1) at.fail("its result has the shape {}", shape_text(out));
    if (at.node.has("axes")) {
        Tensor all;
        all.shape = {at.rank(0)};
        all.floats = scales;
        if (by_scales) {
            at.set_input(2, std::move(all), "scales");
        } else {
            at.set_input(3, integer_tensor(out), "sizes");
        }
        at.node.attributes.erase("axes");
    }
    at.node.attributes["scales"] = std::move(scales);
    at.output(ElementType::float32, std::move(out));
}

}  // namespace ctffr::network
