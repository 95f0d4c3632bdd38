// SPDX-License-Identifier: Apache-2.0
// Depth-wise convolution: oneDNN 2.6 runs it in three dimensions by its plain reference loop. Here four
// positions of one channel block are summed in registers.
#include "network/cpu/kernels.hpp"
#include "network/cpu/kernels/tile.hpp"

namespace ctffr::network::cpu {

namespace {

constexpr int together = 4;  // positions along w

struct Range {
    Index first, last;
};

// Taps k in [first, last) with 0 <= start + k * dilation < size.
Range inside(Index start, Index dilation, Index taps, Index size) {
    const Index first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    const Index last = start >= size ? 0 : std::min(taps, (size - 1 - start) / dilation + 1);
    return {first, std::max(first, last)};
}

template <int block, class T>
struct Depthwise {
    static constexpr int lanes = 8, parts = block / lanes;
    // Explicit vectors keep the sums in registers.
    typedef float Lanes __attribute__((vector_size(lanes * sizeof(float)), aligned(4)));

    const Grid& from;
    const Grid& to;
    const Window& window;
    const float* weights;
    const float* bias;
    const Epilogue& epilogue;
    const T* in;
    T* out;

    static Lanes load(const float* source) {
        Lanes value;
        std::memcpy(&value, source, sizeof value);
        return value;
    }
    static Lanes load(const Bfloat16* source) {
        typedef std::uint16_t Half __attribute__((vector_size(lanes * sizeof(std::uint16_t))));
        typedef std::uint32_t Whole __attribute__((vector_size(lanes * sizeof(std::uint32_t))));
        Half half;
        std::memcpy(&half, source, sizeof half);
        const Whole bits = __builtin_convertvector(half, Whole) << 16;
        Lanes value;
        std::memcpy(&value, &bits, sizeof value);
        return value;
    }

    // Results for `count` neighbours along w from position x on; all of them see the taps `across`.
    template <int count>
    void positions(Index row, Index b, Index z, Index y, Index x, Range across) const {
        const Index start_z = z * window.stride[0] - window.pad[0],
                    start_y = y * window.stride[1] - window.pad[1],
                    start_x = x * window.stride[2] - window.pad[2];
        const Range deep = inside(start_z, window.dilation[0], window.kernel[0], from.d);
        const Range high = inside(start_y, window.dilation[1], window.kernel[1], from.h);
        const T* source = in + row * from.spatial() * block;
        const float* filter = weights + b * window.kernel[0] * window.kernel[1] * window.kernel[2] * block;
        Lanes sum[count][parts];
        for (int p = 0; p < count; ++p)
            for (int part = 0; part < parts; ++part) sum[p][part] = load(bias + b * block + part * lanes);
        for (Index kz = deep.first; kz < deep.last; ++kz)
            for (Index ky = high.first; ky < high.last; ++ky) {
                const T* line = source + ((start_z + kz * window.dilation[0]) * from.h + start_y +
                                          ky * window.dilation[1]) *
                                             from.w * block;
                const float* tap = filter + (kz * window.kernel[1] + ky) * window.kernel[2] * block;
                for (Index kx = across.first; kx < across.last; ++kx) {
                    const T* at = line + (start_x + kx * window.dilation[2]) * block;
                    for (int part = 0; part < parts; ++part) {
                        const Lanes weight = load(tap + kx * block + part * lanes);
                        for (int p = 0; p < count; ++p)
                            sum[p][part] += weight * load(at + p * window.stride[2] * block + part * lanes);
                    }
                }
            }
        float values[count * block];
        std::memcpy(values, sum, sizeof values);
        apply_epilogue(epilogue, values, count * block);
        clear_filling(values, to.lanes(b), block, count * block);
        const Index target = (row * to.spatial() + (z * to.h + y) * to.w + x) * block;
        for (int i = 0; i < count * block; ++i) out[target + i] = from_float<T>(values[i]);
    }

    void line(Index i) const {
        const Index y = i % to.h, z = i / to.h % to.d, row = i / (to.h * to.d), b = row % to.blocks();
        const Index taps = window.kernel[2];
        const auto seen = [&](Index x) {
            return inside(x * window.stride[2] - window.pad[2], window.dilation[2], taps, from.w);
        };
        const auto all = [&](Index x) { return seen(x).first == 0 && seen(x).last == taps; };
        Index x = 0;
        while (x < to.w) {
            if (x + together <= to.w && all(x) && all(x + together - 1)) {
                positions<together>(row, b, z, y, x, {0, taps});
                x += together;
            } else {
                positions<1>(row, b, z, y, x, seen(x));
                ++x;
            }
        }
    }
};

template <int block, class T>
void run(const Cpu& exec, const Depthwise<block, T>& layer) {
    parallel_for(
        exec, "network depthwise", layer.to.n * layer.to.blocks() * layer.to.d * layer.to.h,
        [&](Index i) { layer.line(i); }, static_cast<double>(layer.from.bytes() + layer.to.bytes()));
}

template <int block>
void run(const Cpu& exec, const Grid& from, const Grid& to, const Window& window, const float* weights,
         const float* bias, const Epilogue& epilogue, const void* in, void* out) {
    if (from.type == Scalar::float32)
        run(exec, Depthwise<block, float>{from, to, window, weights, bias, epilogue,
                                          static_cast<const float*>(in), static_cast<float*>(out)});
    else
        run(exec, Depthwise<block, Bfloat16>{from, to, window, weights, bias, epilogue,
                                             static_cast<const Bfloat16*>(in), static_cast<Bfloat16*>(out)});
}

}  // namespace

void depthwise(const Cpu& exec, const Grid& from, const Grid& to, const Window& window, const float* weights,
               const float* bias, const Epilogue& epilogue, const void* in, void* out) {
    CTFFR_CHECK(from.type == to.type && from.block == to.block);
    if (from.block == 16) return run<16>(exec, from, to, window, weights, bias, epilogue, in, out);
    CTFFR_CHECK_OP(from.block, ==, 8);
    run<8>(exec, from, to, window, weights, bias, epilogue, in, out);
}

}  // namespace ctffr::network::cpu
