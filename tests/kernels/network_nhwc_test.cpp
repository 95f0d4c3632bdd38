// SPDX-License-Identifier: Apache-2.0
// Channels-last kernels that look at one voxel or move values, against plain loops in double over row-major
// values, on the backend of this build.
#include "kernels/network_nhwc_fixture.hpp"

namespace ctffr::nhwc_test {
namespace {

TYPED_TEST_SUITE(NhwcKernels, Types);

TEST(BFloat16, RoundsToNearestEvenAndKeepsSpecialValues) {
    const auto through = [](float x) {
        BFloat16 b;
        kernels::store(x, b);
        return kernels::to_float(b);
    };
    EXPECT_EQ(through(1.0f), 1.0f);
    EXPECT_EQ(through(1.0f + 1.0f / 256), 1.0f);               // half way: to even
    EXPECT_EQ(through(1.0f + 3.0f / 256), 1.0f + 4.0f / 256);  // half way: to even, upwards
    EXPECT_EQ(through(1.0f + 1.1f / 256), 1.0f + 2.0f / 256);
    EXPECT_NEAR(through(-3.0e38f) / -3.0e38f, 1, 1.0 / 256);
    EXPECT_EQ(through(3.4e38f), std::numeric_limits<float>::infinity());
    EXPECT_TRUE(std::isnan(through(std::numeric_limits<float>::quiet_NaN())));
    EXPECT_EQ(through(-std::numeric_limits<float>::infinity()), -std::numeric_limits<float>::infinity());
}

TYPED_TEST(NhwcKernels, LayoutComesBackAsItWas) {
    for (const NhwcShape shape :
         {shape_of(2, 3, 2, 5, 7), shape_of(1, 16, 1, 3, 4), shape_of(3, 9, 4, 1, 1)}) {
        const auto rows = random_values(count_of(shape), 1);
        EXPECT_EQ(this->rows(shape, this->image(shape, rows)), rows);
    }
}

TYPED_TEST(NhwcKernels, AffineIsScaleShiftSlopeResidualFunction) {
    const NhwcShape shape = shape_of(2, 11, 2, 3, 5);
    const auto in = random_values(count_of(shape), 1), add = random_values(count_of(shape), 2);
    for (const bool per_sample : {false, true}) {
        auto scale = random_values(per_sample ? 32 : 16, 3), shift = random_values(per_sample ? 32 : 16, 4);
        const auto slope = random_values(16, 5);
        const auto scales = this->floats(scale), shifts = this->floats(shift), slopes = this->floats(slope);
        const auto image = this->image(shape, in), residual = this->image(shape, add);
        auto out = this->blank(shape);
        kernels::nhwc_affine<Exec, TypeParam>(
            this->exec, "test", shape, image.view(), scales.view(), shifts.view(), slopes.view(),
            residual.view(), {kernels::NhwcFunction::Kind::leaky_relu, 0.25f, 0}, out.view());
        std::vector<double> truth(in.size());
        for_each(shape, [&](Index n, Index c, Index d, Index h, Index w) {
            const std::size_t k = static_cast<std::size_t>((per_sample ? n * 16 : 0) + c),
                              i = at(shape, n, c, d, h, w);
            double value = double(in[i]) * scale[k] + shift[k];
            if (value < 0) value *= slope[static_cast<std::size_t>(c)];
            value += add[i];
            truth[i] = value < 0 ? 0.25 * value : value;
        });
        this->expect_near(this->rows(shape, out), truth);
    }
}

TYPED_TEST(NhwcKernels, FunctionsAreWhatTheirNamesSay) {
    using Kind = kernels::NhwcFunction::Kind;
    const NhwcShape shape = shape_of(1, 5, 3, 4, 6);
    const auto in = random_values(count_of(shape), 1, -4, 4);
    struct Case {
        kernels::NhwcFunction function;
        std::function<double(double)> truth;
    };
    const std::vector<Case> cases = {
        {{Kind::none, 0, 0}, [](double x) { return x; }},
        {{Kind::leaky_relu, 0.01f, 0}, [](double x) { return x < 0 ? 0.01 * x : x; }},
        {{Kind::elu, 0.7f, 0}, [](double x) { return x < 0 ? 0.7 * (std::exp(x) - 1) : x; }},
        {{Kind::sigmoid, 0, 0}, [](double x) { return 1 / (1 + std::exp(-x)); }},
        {{Kind::tanh, 0, 0}, [](double x) { return std::tanh(x); }},
        {{Kind::gelu, 0, 0}, [](double x) { return x * 0.5 * std::erfc(-x / std::sqrt(2.0)); }},
        {{Kind::gelu_tanh, 0, 0},
         [](double x) {
             return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
         }},
        {{Kind::clip, -0.5f, 1.5f}, [](double x) { return std::clamp(x, -0.5, 1.5); }},
        {{Kind::abs, 0, 0}, [](double x) { return std::abs(x); }},
        {{Kind::neg, 0, 0}, [](double x) { return -x; }},
        {{Kind::exp, 0, 0}, [](double x) { return std::exp(x); }},
        {{Kind::erf, 0, 0}, [](double x) { return std::erf(x); }},
        {{Kind::softplus, 0, 0}, [](double x) { return std::log1p(std::exp(x)); }},
        {{Kind::hard_sigmoid, 0.2f, 0.5f}, [](double x) { return std::clamp(0.2 * x + 0.5, 0.0, 1.0); }},
    };
    for (const Case& one : cases) {
        const auto image = this->image(shape, in);
        auto out = this->blank(shape);
        kernels::nhwc_affine<Exec, TypeParam>(this->exec, "test", shape, image.view(), {}, {}, {}, {},
                                              one.function, out.view());
        std::vector<double> truth;
        for (const float x : in) truth.push_back(one.truth(x));
        SCOPED_TRACE(static_cast<int>(one.function.kind));
        this->expect_near(this->rows(shape, out), truth);
    }
}

TYPED_TEST(NhwcKernels, BinaryRepeatsExtentsOfOne) {
    using Op = kernels::NhwcBinary;
    const NhwcShape shape = shape_of(2, 11, 3, 4, 5);
    const auto a = random_values(count_of(shape), 1);
    for (const NhwcShape other : {shape, shape_of(1, 11, 1, 1, 1), shape_of(1, 1, 1, 1, 1),
                                  shape_of(2, 1, 3, 4, 5), shape_of(2, 11, 1, 4, 1)})
        for (const Op op :
             {Op::add, Op::subtract, Op::multiply, Op::divide, Op::minimum, Op::maximum, Op::power}) {
            const bool positive = op == Op::divide || op == Op::power;
            const auto b = random_values(count_of(other), 2, positive ? 0.5 : -2, 2);
            const auto left = op == Op::power ? random_values(count_of(shape), 3, 0.5, 2) : a;
            const auto x = this->image(shape, left), y = this->image(other, b);
            auto out = this->blank(shape);
            kernels::nhwc_binary<Exec, TypeParam>(this->exec, "test", op, shape, x.view(), other, y.view(),
                                                  {}, shape, out.view());
            std::vector<double> truth(a.size());
            for_each(shape, [&](Index n, Index c, Index d, Index h, Index w) {
                const std::size_t i = at(shape, n, c, d, h, w);
                const double u = left[i], v = b[at(other, n % other.n, c % other.c, d % other.d, h % other.h,
                                                   w % other.w)];
                truth[i] = op == Op::add        ? u + v
                           : op == Op::subtract ? u - v
                           : op == Op::multiply ? u * v
                           : op == Op::divide   ? u / v
                           : op == Op::minimum  ? std::min(u, v)
                           : op == Op::maximum  ? std::max(u, v)
                                                : std::pow(u, v);
            });
            SCOPED_TRACE(static_cast<int>(op));
            this->expect_near(this->rows(shape, out), truth);
        }
}

TYPED_TEST(NhwcKernels, GatherFillsTheBlockItIsGiven) {
    const NhwcShape source = shape_of(2, 11, 3, 4, 5), target = shape_of(2, 21, 4, 4, 6);
    const auto in = random_values(count_of(source), 1);
    const auto image = this->image(source, in);
    auto out = this->image(target, std::vector<float>(static_cast<std::size_t>(count_of(target)), 9.0f));
    const std::vector<std::int32_t> n{1, 0}, d{2, -1, 0}, h{0, 1, 2, 3}, w{4, 2, 0};
    std::vector<std::int32_t> c{10, 3, 5};
    NhwcShape at_place = shape_of(0, 18, 1, 0, 2), block = shape_of(2, 6, 3, 4, 3);
    c.resize(6, -1);  // padding channels 21..23 with it
    const auto tn = this->table(n), td = this->table(d), th = this->table(h), tw = this->table(w),
               tc = this->table(c);
    kernels::NhwcMap map;
    map.n = tn.data(), map.d = td.data(), map.h = th.data(), map.w = tw.data(), map.c = tc.data();
    kernels::nhwc_gather<Exec, TypeParam>(this->exec, source, image.view(), map, block, -3.0f, target,
                                          at_place, out.view());
    std::vector<double> truth(static_cast<std::size_t>(count_of(target)), 9.0);
    for (Index i = 0; i < 2; ++i)
        for (Index k = 0; k < 3; ++k)
            for (Index z = 0; z < 3; ++z)
                for (Index y = 0; y < 4; ++y)
                    for (Index x = 0; x < 3; ++x)
                        truth[at(target, i, 18 + k, 1 + z, y, 2 + x)] =
                            d[std::size_t(z)] < 0
                                ? -3.0
                                : in[at(source, n[std::size_t(i)], c[std::size_t(k)], d[std::size_t(z)],
                                        h[std::size_t(y)], w[std::size_t(x)])];
    this->expect_near(this->rows(target, out), truth);
}

TYPED_TEST(NhwcKernels, GatherOfPacksIsTheSame) {
    const NhwcShape source = shape_of(1, 27, 3, 4, 5), target = shape_of(1, 19, 2, 4, 5);
    const auto in = random_values(count_of(source), 1);
    const auto image = this->image(source, in);
    auto out = this->image(target, std::vector<float>(static_cast<std::size_t>(count_of(target)), 9.0f));
    // Channels 16..26 of the source become 8..18 of the target.
    const auto tn = this->table({0}), td = this->table({-1, 2}), th = this->table({3, 2, 1, 0});
    const auto tw = this->table({0, 1, 2, 3, 4});
    kernels::NhwcMap map;
    map.n = tn.data(), map.d = td.data(), map.h = th.data(), map.w = tw.data();
    kernels::nhwc_gather_packs<Exec, TypeParam>(this->exec, source, image.view(), map, 2,
                                                shape_of(1, 16, 2, 4, 5), 7.0f, target,
                                                shape_of(0, 8, 0, 0, 0), out.view());
    std::vector<double> truth(static_cast<std::size_t>(count_of(target)), 9.0);
    for_each(target, [&](Index n, Index c, Index d, Index h, Index w) {
        if (c >= 8) truth[at(target, n, c, d, h, w)] = d == 0 ? 7.0 : in[at(source, 0, c + 8, 2, 3 - h, w)];
    });
    this->expect_near(this->rows(target, out), truth);
}

TYPED_TEST(NhwcKernels, SoftmaxAndArgmaxAreOverChannels) {
    const NhwcShape shape = shape_of(2, 11, 2, 3, 5);
    auto in = random_values(count_of(shape), 1, -3, 3);
    in[at(shape, 0, 4, 0, 0, 0)] = in[at(shape, 0, 7, 0, 0, 0)] = 5;  // a tie
    const auto image = this->image(shape, in);
    auto out = this->blank(shape), logs = this->blank(shape);
    Array<std::int64_t, Exec> first(this->exec, shape.voxels()), last(this->exec, shape.voxels());
    kernels::nhwc_softmax<Exec, TypeParam>(this->exec, shape, image.view(), false, out.view());
    kernels::nhwc_softmax<Exec, TypeParam>(this->exec, shape, image.view(), true, logs.view());
    kernels::nhwc_argmax<Exec, TypeParam>(this->exec, shape, image.view(), false, first.view());
    kernels::nhwc_argmax<Exec, TypeParam>(this->exec, shape, image.view(), true, last.view());
    std::vector<double> truth(in.size()), logarithm(in.size());
    const auto labels = first.to_host(), late = last.to_host();
    for (Index n = 0; n < 2; ++n)
        for (Index v = 0; v < shape.per_sample(); ++v) {
            const auto index = [&](Index c) {
                return static_cast<std::size_t>((n * 11 + c) * shape.per_sample() + v);
            };
            double sum = 0;
            Index best = 0;
            for (Index c = 0; c < 11; ++c) sum += std::exp(double(in[index(c)]));
            for (Index c = 0; c < 11; ++c) {
                truth[index(c)] = std::exp(double(in[index(c)])) / sum;
                logarithm[index(c)] = in[index(c)] - std::log(sum);
                if (in[index(c)] > in[index(best)]) best = c;
            }
            const auto voxel = static_cast<std::size_t>(n * shape.per_sample() + v);
            EXPECT_EQ(labels[voxel], best);
            EXPECT_EQ(in[index(late[voxel])], in[index(best)]);
        }
    EXPECT_EQ(labels[0], 4);
    EXPECT_EQ(late[0], 7);
    this->expect_near(this->rows(shape, out), truth);
    this->expect_near(this->rows(shape, logs), logarithm);
}

}  // namespace
}  // namespace ctffr::nhwc_test
