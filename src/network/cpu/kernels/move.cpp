// SPDX-License-Identifier: Apache-2.0
// Copies with an index table per axis.
#include "network/cpu/kernels.hpp"
#include "network/cpu/kernels/tile.hpp"

namespace ctffr::network::cpu {

namespace {

void copy_elements(const void* in, Scalar in_type, Index from, Index count, Scalar out_type, Index to,
                   void* out) {
    if (in_type == out_type) {
        const std::size_t size = scalar_bytes(in_type);
        std::memcpy(static_cast<std::byte*>(out) + static_cast<std::size_t>(to) * size,
                    static_cast<const std::byte*>(in) + static_cast<std::size_t>(from) * size,
                    static_cast<std::size_t>(count) * size);
        return;
    }
    for (Index done = 0; done < count; done += tile_floats) {
        float values[tile_floats];
        const Index more = std::min(tile_floats, count - done);
        load_tile(in, in_type, from + done, more, values);
        store_tile(values, out_type, to + done, more, out);
    }
}

float load_one(const void* in, Scalar type, Index at) {
    return type == Scalar::float32 ? static_cast<const float*>(in)[at]
                                   : to_float(static_cast<const Bfloat16*>(in)[at]);
}

void store_one(float value, Scalar type, Index at, void* out) {
    if (type == Scalar::float32)
        static_cast<float*>(out)[at] = value;
    else
        static_cast<Bfloat16*>(out)[at] = from_float<Bfloat16>(value);
}

void fill_elements(float value, Index count, Scalar type, Index to, void* out) {
    for (Index i = 0; i < count; ++i) store_one(value, type, to + i, out);
}

}  // namespace

Move::Move(const Grid& from, const Grid& to, const Corner& corner, MoveTables tables)
    : from_(from), to_(to), corner_(corner), tables_(std::move(tables)) {
    CTFFR_CHECK(from.type != Scalar::int64 && to.type != Scalar::int64);
    for (const std::int32_t c : tables_.c)
        channel_.push_back(c < 0 ? -1 : (c / from.block) * from.spatial() * from.block + c % from.block);

    const Index channels = static_cast<Index>(tables_.c.size()), block = to.block;
    whole_block_.assign(static_cast<std::size_t>(to.blocks()), -1);
    for (Index b = 0; b < to.blocks() && from.block == block; ++b) {
        const Index first = b * block - corner.c, lanes = to.lanes(b);
        if (first < 0 || first + lanes > channels) continue;
        const Index source = tables_.c[static_cast<std::size_t>(first)];
        // A block that ends early must end at the source's filling too.
        bool whole =
            source >= 0 && source % block == 0 && (lanes == block || from.lanes(source / block) == lanes);
        for (Index lane = 0; lane < lanes && whole; ++lane)
            whole = tables_.c[static_cast<std::size_t>(first + lane)] == source + lane;
        if (whole) whole_block_[static_cast<std::size_t>(b)] = channel_[static_cast<std::size_t>(first)];
    }

    for (std::size_t i = 0; i < tables_.w.size(); ++i) {
        const Index source = tables_.w[i], at = corner.w + static_cast<Index>(i);
        if (!stretches_.empty()) {
            Stretch& last = stretches_.back();
            const bool continues =
                source < 0 ? last.from < 0 : last.from >= 0 && last.from + last.count == source;
            if (continues) {
                ++last.count;
                continue;
            }
        }
        stretches_.push_back({at, source, 1});
    }
}

void Move::row(Index n, Index b, Index d, Index h, const void* in, void* out) const {
    const Index block = to_.block;
    const Index from_n = tables_.n[static_cast<std::size_t>(n)],
                from_d = tables_.d[static_cast<std::size_t>(d)],
                from_h = tables_.h[static_cast<std::size_t>(h)];
    const bool filled = from_n < 0 || from_d < 0 || from_h < 0;
    const Index to_row = (((n + corner_.n) * to_.blocks() + b) * to_.spatial() +
                          ((d + corner_.d) * to_.h + h + corner_.h) * to_.w) *
                         block;
    const Index from_row = from_n * from_.blocks() * from_.spatial() * from_.block +
                           (from_d * from_.h + from_h) * from_.w * from_.block;
    const Index whole = whole_block_[static_cast<std::size_t>(b)];
    const Index first = std::max(corner_.c, b * block);
    const Index channels = static_cast<Index>(channel_.size());
    const Index last = std::min(corner_.c + channels, (b + 1) * block);
    const bool clears = last == to_.c;

    for (const Stretch& stretch : stretches_) {
        const bool fill = filled || stretch.from < 0;
        if (!fill && whole >= 0) {
            copy_elements(in, from_.type, from_row + whole + stretch.from * block, stretch.count * block,
                          to_.type, to_row + stretch.to * block, out);
            continue;
        }
        if (fill && block == 1) {
            fill_elements(tables_.fill, stretch.count, to_.type, to_row + stretch.to, out);
            continue;
        }
        for (Index i = 0; i < stretch.count; ++i) {
            const Index target = to_row + (stretch.to + i) * block;
            for (Index c = first; c < last; ++c) {
                const Index source = channel_[static_cast<std::size_t>(c - corner_.c)];
                const float value =
                    fill || source < 0
                        ? tables_.fill
                        : load_one(in, from_.type, from_row + source + (stretch.from + i) * from_.block);
                store_one(value, to_.type, target + c % block, out);
            }
            if (clears)
                for (Index lane = last - b * block; lane < block; ++lane)
                    store_one(0, to_.type, target + lane, out);
        }
    }
}

void Move::run(const Cpu& exec, const void* in, void* out) const {
    const Index ns = static_cast<Index>(tables_.n.size()), ds = static_cast<Index>(tables_.d.size()),
                hs = static_cast<Index>(tables_.h.size()), cs = static_cast<Index>(tables_.c.size());
    if (ns * ds * hs * cs * static_cast<Index>(tables_.w.size()) == 0) return;
    const Index first = corner_.c / to_.block, blocks = (corner_.c + cs - 1) / to_.block - first + 1;
    const double elements = static_cast<double>(ns * ds * hs * cs) * static_cast<double>(tables_.w.size());
    parallel_for(
        exec, "network move", ns * blocks * ds * hs,
        [&](Index i) {
            const Index h = i % hs, d = i / hs % ds, b = i / (hs * ds) % blocks, n = i / (hs * ds * blocks);
            row(n, first + b, d, h, in, out);
        },
        8.0 * elements);
}

}  // namespace ctffr::network::cpu
