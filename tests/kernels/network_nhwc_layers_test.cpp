// SPDX-License-Identifier: Apache-2.0
// Channels-last kernels that look at many voxels (normalisation, pooling, interpolation, convolution) against
// plain loops in double over row-major values, on the backend of this build.
#include "kernels/network_nhwc_fixture.hpp"

namespace ctffr::nhwc_test {
namespace {

template <class T>
class NhwcLayers : public NhwcKernels<T> {};
TYPED_TEST_SUITE(NhwcLayers, Types);

// Enough voxels for three levels of the tree, and values far from zero, which a single pass would spoil.
TYPED_TEST(NhwcLayers, NormalisationTakesMeanAndVarianceOfEveryGroup) {
    for (const NhwcShape shape :
         {shape_of(2, 6, 3, 5, 7), shape_of(1, 12, 19, 23, 21), shape_of(1, 2, 1, 1, 1)})
        for (const Index groups : {shape.c, shape.c / 2, Index{1}}) {
            auto in = random_values(count_of(shape), 1, 96, 104);
            const auto gamma = random_values(shape.c, 2), beta = random_values(shape.c, 3);
            const auto image = this->image(shape, in);
            const Index values = shape.n * shape.pitch();
            Array<double, Exec> scratch(this->exec, kernels::nhwc_sums_scratch(shape)),
                sums(this->exec, values);
            Array<float, Exec> mean(this->exec, values), scale(this->exec, values), shift(this->exec, values);
            const auto g = this->floats(gamma), b = this->floats(beta);
            auto out = this->blank(shape);
            const auto& exec = this->exec;
            kernels::nhwc_sums<Exec, TypeParam>(exec, shape, image.view(), {}, scratch.view(), sums.view());
            kernels::nhwc_group_means<Exec>(exec, shape, groups, sums.view(), mean.view());
            kernels::nhwc_sums<Exec, TypeParam>(exec, shape, image.view(), mean.view(), scratch.view(),
                                                sums.view());
            kernels::nhwc_norm_factors<Exec>(exec, shape, groups, sums.view(), mean.view(), g.view(),
                                             b.view(), 1e-3f, scale.view(), shift.view());
            kernels::nhwc_affine<Exec, TypeParam>(exec, "test", shape, image.view(), scale.view(),
                                                  shift.view(), {}, {}, {}, out.view());
            std::vector<double> truth(in.size());
            const Index width = shape.c / groups;
            for (Index n = 0; n < shape.n; ++n)
                for (Index group = 0; group < groups; ++group) {
                    double sum = 0, square = 0;
                    const double count = static_cast<double>(width * shape.per_sample());
                    const auto visit = [&](const std::function<void(std::size_t, Index)>& body) {
                        for (Index c = group * width; c < (group + 1) * width; ++c)
                            for (Index v = 0; v < shape.per_sample(); ++v)
                                body(static_cast<std::size_t>((n * shape.c + c) * shape.per_sample() + v), c);
                    };
                    visit([&](std::size_t i, Index) { sum += in[i]; });
                    visit([&](std::size_t i, Index) { square += std::pow(in[i] - sum / count, 2); });
                    visit([&](std::size_t i, Index c) {
                        truth[i] = (in[i] - sum / count) / std::sqrt(square / count + 1e-3) *
                                       gamma[static_cast<std::size_t>(c)] +
                                   beta[static_cast<std::size_t>(c)];
                    });
                }
            SCOPED_TRACE(testing::Message() << "groups " << groups << " channels " << shape.c);
            this->expect_near(this->rows(shape, out), truth, 2);
            // Means as an image.
            NhwcShape one = shape;
            one.d = one.h = one.w = 1;
            auto means = this->blank(one);
            kernels::nhwc_store_means<Exec, TypeParam>(exec, shape, mean.view(), means.view());
            for (const float m : this->rows(one, means)) EXPECT_NEAR(m, 100, 5);
        }
}

TYPED_TEST(NhwcLayers, PoolingIsOverTheWindowInsideTheImage) {
    const NhwcShape from = shape_of(2, 5, 7, 6, 9);
    const auto in = random_values(count_of(from), 1);
    kernels::NhwcWindow window;
    const Index kernel[3] = {3, 2, 3}, stride[3] = {2, 2, 3}, dilation[3] = {1, 1, 2}, pad[3] = {1, 0, 1};
    const Index after[3] = {1, 1, 0};
    for (int a = 0; a < 3; ++a)
        window.kernel[a] = kernel[a], window.stride[a] = stride[a], window.dilation[a] = dilation[a],
        window.pad[a] = pad[a], window.pad_after[a] = after[a];
    const NhwcShape to = shape_of(2, 5, 4, 3, 3);  // the last windows along w leave the padded image
    const auto image = this->image(from, in);
    using Pool = kernels::NhwcPool;
    for (const Pool kind : {Pool::maximum, Pool::average, Pool::average_with_padding}) {
        auto out = this->blank(to);
        kernels::nhwc_pool<Exec, TypeParam>(this->exec, kind, window, from, image.view(), to, out.view());
        std::vector<double> truth(static_cast<std::size_t>(count_of(to)));
        for_each(to, [&](Index n, Index c, Index d, Index h, Index w) {
            double best = -1e30, sum = 0;
            int inside = 0, with_padding = 0;
            for (Index i = 0; i < 3; ++i)
                for (Index j = 0; j < 2; ++j)
                    for (Index k = 0; k < 3; ++k) {
                        const Index z = d * 2 - 1 + i, y = h * 2 + j, x = w * 3 - 1 + 2 * k;
                        if (z < from.d + 1 && y < from.h + 1 && x < from.w) ++with_padding;
                        if (z < 0 || y < 0 || x < 0 || z >= from.d || y >= from.h || x >= from.w) continue;
                        ++inside;
                        const double value = in[at(from, n, c, z, y, x)];
                        best = std::max(best, value);
                        sum += value;
                    }
            truth[at(to, n, c, d, h, w)] =
                kind == Pool::maximum ? best : sum / (kind == Pool::average ? inside : with_padding);
        });
        SCOPED_TRACE(static_cast<int>(kind));
        this->expect_near(this->rows(to, out), truth);
    }
}

TYPED_TEST(NhwcLayers, ResizeOfALinearFieldIsLinear) {
    const NhwcShape from = shape_of(1, 3, 4, 5, 6), to = shape_of(1, 3, 7, 9, 11);
    std::vector<float> in(static_cast<std::size_t>(count_of(from)));
    for_each(from, [&](Index n, Index c, Index d, Index h, Index w) {
        in[at(from, n, c, d, h, w)] = static_cast<float>(c + d * 2 - h + w * 4);
    });
    const auto axis = [](Index size_in, Index size_out, std::vector<std::int32_t>& low,
                         std::vector<std::int32_t>& high, std::vector<float>& weight) {
        for (Index i = 0; i < size_out; ++i) {
            const double x = double(i) * double(size_in - 1) / double(size_out - 1);
            low.push_back(static_cast<std::int32_t>(x));
            high.push_back(std::min<std::int32_t>(low.back() + 1, static_cast<std::int32_t>(size_in - 1)));
            weight.push_back(static_cast<float>(x - low.back()));
        }
    };
    std::vector<Array<std::int32_t, Exec>> tables;
    std::vector<Array<float, Exec>> weights;
    kernels::NhwcAxis axes[3];
    const Index sizes[3][2] = {{4, 7}, {5, 9}, {6, 11}};
    for (int a = 0; a < 3; ++a) {
        std::vector<std::int32_t> low, high;
        std::vector<float> weight;
        axis(sizes[a][0], sizes[a][1], low, high, weight);
        tables.push_back(this->table(low));
        axes[a].low = tables.back().data();
        tables.push_back(this->table(high));
        axes[a].high = tables.back().data();
        weights.push_back(this->floats(weight));
        axes[a].weight = weights.back().data();
    }
    const auto image = this->image(from, in);
    auto out = this->blank(to);
    kernels::nhwc_resize<Exec, TypeParam>(this->exec, from, image.view(), axes[0], axes[1], axes[2], to,
                                          out.view());
    std::vector<double> truth(static_cast<std::size_t>(count_of(to)));
    for_each(to, [&](Index n, Index c, Index d, Index h, Index w) {
        truth[at(to, n, c, d, h, w)] =
            double(c) + double(d) * 2 * 3 / 6 - double(h) * 4 / 8 + double(w) * 4 * 5 / 10;
    });
    this->expect_near(this->rows(to, out), truth);
}

struct ConvolutionCase {
    Index from[3], channels, filters, groups, kernel[3], stride[3], dilation[3], pad[3], extra;
};
const ConvolutionCase convolution_cases[] = {
    {{5, 6, 7}, 3, 5, 1, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0},
    {{5, 7, 9}, 4, 10, 1, {3, 2, 1}, {2, 1, 3}, {1, 2, 1}, {1, 0, 0}, 0},
    {{4, 5, 6}, 6, 10, 2, {2, 3, 3}, {1, 2, 1}, {1, 1, 2}, {0, 1, 2}, 1},
    {{4, 4, 4}, 12, 12, 12, {3, 3, 3}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0},
    {{6, 4, 8}, 9, 16, 1, {2, 2, 2}, {2, 2, 2}, {1, 1, 1}, {0, 0, 0}, 0},
};

// The convolution y = filter * x by loops over where each product goes, and its transpose by the same loops.
void scatter(const kernels::NhwcConvolution& k,
             const std::function<void(std::size_t, std::size_t, std::size_t)>& body) {
    const Index inputs = k.x.c / k.groups, outputs = k.y.c / k.groups;
    for_each(k.y, [&](Index n, Index row, Index d, Index h, Index w) {
        for (Index c = 0; c < inputs; ++c)
            for (Index i = 0; i < k.window.kernel[0]; ++i)
                for (Index j = 0; j < k.window.kernel[1]; ++j)
                    for (Index l = 0; l < k.window.kernel[2]; ++l) {
                        const Index z = d * k.window.stride[0] + i * k.window.dilation[0] - k.window.pad[0];
                        const Index y = h * k.window.stride[1] + j * k.window.dilation[1] - k.window.pad[1];
                        const Index x = w * k.window.stride[2] + l * k.window.dilation[2] - k.window.pad[2];
                        if (z < 0 || y < 0 || x < 0 || z >= k.x.d || y >= k.x.h || x >= k.x.w) continue;
                        const Index tap = (i * k.window.kernel[1] + j) * k.window.kernel[2] + l;
                        body(at(k.x, n, row / outputs * inputs + c, z, y, x),
                             static_cast<std::size_t>((row * k.taps() + tap) * k.filter_channels() + c),
                             at(k.y, n, row, d, h, w));
                    }
    });
}

TYPED_TEST(NhwcLayers, PlainConvolutionAndItsTransposeAreSumsOfProducts) {
    for (const ConvolutionCase& one : convolution_cases) {
        kernels::NhwcConvolution k;
        k.groups = one.groups;
        Index to[3];
        for (int a = 0; a < 3; ++a) {
            k.window.kernel[a] = one.kernel[a], k.window.stride[a] = one.stride[a];
            k.window.dilation[a] = one.dilation[a], k.window.pad[a] = one.pad[a];
            const Index reach = (one.kernel[a] - 1) * one.dilation[a] + 1;
            to[a] = (one.from[a] + 2 * one.pad[a] + one.extra - reach) / one.stride[a] + 1;
        }
        k.x = shape_of(2, one.channels, one.from[0], one.from[1], one.from[2]);
        k.y = shape_of(2, one.filters, to[0], to[1], to[2]);
        // Filters of padding channels are zero.
        std::vector<float> filter(static_cast<std::size_t>(k.filter_size()), 0.0f);
        const auto factors = random_values(k.filter_size(), 3, -1, 1);
        for (Index r = 0; r < k.y.c; ++r)
            for (Index t = 0; t < k.taps(); ++t)
                for (Index c = 0; c < k.x.c / k.groups; ++c) {
                    const auto i = static_cast<std::size_t>((r * k.taps() + t) * k.filter_channels() + c);
                    filter[i] = factors[i];
                }
        std::vector<TypeParam> stored(filter.size());
        for (std::size_t i = 0; i < filter.size(); ++i) kernels::store(filter[i], stored[i]);
        const Array<TypeParam, Exec> device_filter(this->exec, stored);

        const auto x = random_values(count_of(k.x), 1), y = random_values(count_of(k.y), 2);
        std::vector<double> forward(y.size(), 0.0), back(x.size(), 0.0);
        scatter(k, [&](std::size_t i, std::size_t f, std::size_t o) {
            forward[o] += double(x[i]) * filter[f];
            back[i] += double(y[o]) * filter[f];
        });
        const auto image_x = this->image(k.x, x), image_y = this->image(k.y, y);
        auto out_y = this->blank(k.y), out_x = this->blank(k.x);
        kernels::nhwc_convolve<Exec, TypeParam>(this->exec, k, image_x.view(), device_filter.view(),
                                                out_y.view());
        kernels::nhwc_convolve_transposed<Exec, TypeParam>(this->exec, k, image_y.view(),
                                                           device_filter.view(), out_x.view());
        SCOPED_TRACE(testing::Message() << one.channels << " to " << one.filters);
        this->expect_near(this->rows(k.y, out_y), forward, 4);
        this->expect_near(this->rows(k.x, out_x), back, 4);
    }
}

}  // namespace
}  // namespace ctffr::nhwc_test
