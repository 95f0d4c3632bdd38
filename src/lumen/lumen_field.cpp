// SPDX-License-Identifier: Apache-2.0
#include "lumen/lumen_field.hpp"

#include <algorithm>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "lumen/clear_ends.hpp"
#include "lumen/recentre.hpp"

namespace ctffr::lumen {

namespace {

constexpr int max_tubes = 6;     // more tubes than this never meet at one point
constexpr double ramp_mm = 2.0;  // over this length the wall between separating tubes grows to its full gap

double ramp(double x) { return std::clamp(x, 0.0, 1.0); }

// The sections as a smooth tube needs them (recentre.hpp, clear_ends.hpp).
std::vector<LumenBranch> tidied(std::vector<LumenBranch> branches, const CoronaryTree& tree) {
    check_sections(branches, tree);
    // The ends stay: branches share a centre there, or a cap lies on it.
    for (LumenBranch& branch : branches)
        for (std::size_t i = 1; i + 1 < branch.sections.size(); ++i)
            branch.sections[i] = recentred(branch.sections[i]);
    clear_ends(branches, tree);
    return branches;
}

// Polynomial smooth minimum of two distances: equals min(a, b) where they differ by more than k.
double smooth_min(double a, double b, double k) {
    if (k <= 0) return std::min(a, b);
    const double h = std::max(k - std::abs(a - b), 0.0) / k;
    return std::min(a, b) - 0.25 * h * h * k;
}

}  // namespace

LumenField::LumenField(const std::vector<LumenBranch>& branches, const CoronaryTree& tree,
                       const FieldOptions& options)
    : set_(build_chains(tidied(branches, tree), tree, false)), options_(options) {
    const std::size_t n = set_.chains.size();
    end_at_start_.assign(n, -1), end_at_finish_.assign(n, -1);
    for (std::size_t c = 0; c < n; ++c) {
        const Chain& chain = set_.chains[c];
        const ChainSection &first = chain.sections.front(), &last = chain.sections.back();
        if (chain.host < 0) {
            end_at_start_[c] = static_cast<std::int32_t>(open_ends_.size());
            open_ends_.push_back(
                {chain.first_branch, true, first.center, -first.tangent, first.max_radius_mm});
        }
        if (chain.closed) continue;
        end_at_finish_[c] = static_cast<std::int32_t>(open_ends_.size());
        open_ends_.push_back({chain.last_branch, false, last.center, last.tangent, last.max_radius_mm});
    }
    find_pieces();
    find_joined_lengths();
}

void LumenField::find_pieces() {
    struct Ball {
        Piece piece;
        Vec3 center;
        double radius = 0;
    };
    std::vector<Ball> balls;
    for (std::size_t c = 0; c < set_.chains.size(); ++c) {
        const auto& s = set_.chains[c].sections;
        const auto id = static_cast<std::int32_t>(c);
        for (std::size_t i = 0; i + 1 < s.size(); ++i) {
            const double half = 0.5 * distance(s[i].center, s[i + 1].center);
            balls.push_back({{id, static_cast<std::int32_t>(i), 0},
                             0.5 * (s[i].center + s[i + 1].center),
                             half + std::max(s[i].max_radius_mm, s[i + 1].max_radius_mm)});
        }
        const auto end_ball = [&](const ChainSection& section, bool start, std::int32_t open_end) {
            const double reach = open_end >= 0 ? options_.extension_mm : 0.0;
            const Vec3 out = start ? -section.tangent : section.tangent;
            balls.push_back({{id, static_cast<std::int32_t>(start ? 0 : s.size() - 1), start ? -1 : 1},
                             section.center + 0.5 * reach * out,
                             0.5 * reach + section.max_radius_mm});
        };
        end_ball(s.front(), true, end_at_start_[c]);
        end_ball(s.back(), false, end_at_finish_[c]);
    }
    low_ = {1e9, 1e9, 1e9}, high_ = {-1e9, -1e9, -1e9};
    for (Ball& ball : balls) {
        ball.radius = 1.05 * ball.radius + far;
        for (int k = 0; k < 3; ++k) {
            low_[k] = std::min(low_[k], ball.center[k] - ball.radius);
            high_[k] = std::max(high_[k], ball.center[k] + ball.radius);
        }
    }
    for (int k = 0; k < 3; ++k)
        if (!((high_[k] - low_[k]) < 1000))
            throw Error(ExitCode::lumen_failed,
                        "The coronary tree is {:.0f} mm wide along axis {}; that is no heart.",
                        high_[k] - low_[k], k);
    struct Entry {
        std::uint64_t key;
        std::int32_t ball;
    };
    std::vector<Entry> entries;
    for (std::size_t b = 0; b < balls.size(); ++b) {
        const Ball& ball = balls[b];
        int from[3], to[3];
        for (int k = 0; k < 3; ++k) {
            from[k] = std::max(0, static_cast<int>((ball.center[k] - ball.radius - low_[k]) / block_mm));
            to[k] = static_cast<int>((ball.center[k] + ball.radius - low_[k]) / block_mm);
        }
        for (int z = from[2]; z <= to[2]; ++z)
            for (int y = from[1]; y <= to[1]; ++y)
                for (int x = from[0]; x <= to[0]; ++x) {
                    Vec3 nearest = ball.center;
                    const double corner[3] = {x * block_mm, y * block_mm, z * block_mm};
                    for (int k = 0; k < 3; ++k)
                        nearest[k] =
                            std::clamp(ball.center[k], low_[k] + corner[k], low_[k] + corner[k] + block_mm);
                    if (distance(nearest, ball.center) <= ball.radius)
                        entries.push_back({lattice_key(x, y, z), static_cast<std::int32_t>(b)});
                }
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry& a, const Entry& b) { return a.key < b.key; });
    for (std::size_t e = 0; e < entries.size(); ++e) {
        if (e == 0 || entries[e].key != entries[e - 1].key) {
            constexpr std::uint64_t mask = (1U << 21) - 1;
            const std::uint64_t key = entries[e].key;
            block_index_.insert(key, static_cast<std::int32_t>(blocks_.size()));
            blocks_.push_back({static_cast<int>(key & mask), static_cast<int>(key >> 21 & mask),
                               static_cast<int>(key >> 42 & mask)});
            block_start_.push_back(static_cast<std::int32_t>(e));
        }
        block_pieces_.push_back(balls[static_cast<std::size_t>(entries[e].ball)].piece);
    }
    block_start_.push_back(static_cast<std::int32_t>(entries.size()));
}

// Radius of the contour in direction (u, v), with its derivatives along the arc and around (per radian).
double LumenField::contour(const Chain& chain, std::size_t section, double t, double u, double v,
                           double length, double& slope, double& around) const {
    const int n = set_.angles;
    double at = std::atan2(v, u) * n / (2 * pi);
    if (at < 0) at += n;
    const int a = std::min(n - 1, static_cast<int>(at));
    const double f = at - a;
    const std::size_t row0 = section * static_cast<std::size_t>(n);
    const bool two = length > 0;
    const std::size_t row1 = two ? row0 + static_cast<std::size_t>(n) : row0;
    const double t2 = t * t, t3 = t2 * t;
    const double h00 = 2 * t3 - 3 * t2 + 1, h01 = 1 - h00, h10 = (t3 - 2 * t2 + t) * length,
                 h11 = (t3 - t2) * length;
    const double d01 = two ? 6 * (t - t2) / length : 0, d10 = 3 * t2 - 4 * t + 1, d11 = 3 * t2 - 2 * t;
    double r[4], s[4];
    for (int k = 0; k < 4; ++k) {
        const auto column = static_cast<std::size_t>((a + k - 1 + n) % n);
        const double r0 = chain.radius_mm[row0 + column], r1 = chain.radius_mm[row1 + column];
        const double m0 = two ? chain.slope[row0 + column] : 0, m1 = two ? chain.slope[row1 + column] : 0;
        r[k] = h00 * r0 + h01 * r1 + h10 * m0 + h11 * m1;
        s[k] = d01 * (r1 - r0) + d10 * m0 + d11 * m1;
    }
    slope = s[1] + f * (s[2] - s[1]);
    const double c1 = 0.5 * (r[2] - r[0]), c2 = r[0] - 2.5 * r[1] + 2 * r[2] - 0.5 * r[3];
    const double c3 = 0.5 * (r[3] - r[0]) + 1.5 * (r[1] - r[2]);
    around = (c1 + f * (2 * c2 + 3 * f * c3)) * n / (2 * pi);
    return r[1] + f * (c1 + f * (c2 + f * c3));
}

LumenField::Local LumenField::on_piece(const Piece& piece, Vec3 p) const {
    Local local;
    const Chain& chain = set_.chains[static_cast<std::size_t>(piece.chain)];
    const auto i = static_cast<std::size_t>(piece.first);
    const ChainSection& a = chain.sections[i];
    local.chain = piece.chain, local.section = piece.first, local.kind = piece.kind;
    double slope = 0, around = 0;
    if (piece.kind == 0) {
        const ChainSection& b = chain.sections[i + 1];
        const double d0 = dot(p - a.center, a.tangent), d1 = dot(p - b.center, b.tangent);
        if (d0 < 0 || d1 >= 0) return local;
        const double t = d0 / (d0 - d1), length = b.arc_mm - a.arc_mm;
        const double t2 = t * t, t3 = t2 * t, h01 = 3 * t2 - 2 * t3;
        const Vec3 center = (1 - h01) * a.center + h01 * b.center +
                            ((t3 - 2 * t2 + t) * length) * chain.center_slope[i] +
                            ((t3 - t2) * length) * chain.center_slope[i + 1];
        const Vec3 w = p - center;
        const Vec3 normal = normalized(lerp(a.normal, b.normal, t));
        const Vec3 binormal = normalized(lerp(a.binormal, b.binormal, t));
        const double u = dot(w, normal), v = dot(w, binormal), rho = std::sqrt(u * u + v * v);
        const double r = contour(chain, i, t, u, v, length, slope, around);
        const double turn = around / std::max(rho, 0.5 * r);
        local.value = (rho - r) / std::sqrt(1 + turn * turn + slope * slope);
        local.half_width_mm = a.half_width_mm + t * (b.half_width_mm - a.half_width_mm);
        local.arc_mm = a.arc_mm + t * length;
        return local;
    }
    const double beyond = dot(p - a.center, a.tangent) * piece.kind;
    if (beyond < 0) return local;
    const std::int32_t open = piece.kind < 0 ? end_at_start_[static_cast<std::size_t>(piece.chain)]
                                             : end_at_finish_[static_cast<std::size_t>(piece.chain)];
    const double above = std::max(0.0, beyond - (open >= 0 ? options_.extension_mm : 0.0));
    const Vec3 w = p - a.center;
    const double u = dot(w, a.normal), v = dot(w, a.binormal), rho = std::sqrt(u * u + v * v);
    const double reach = std::sqrt(rho * rho + above * above);
    const double r = contour(chain, i, 0, u, v, 0, slope, around);
    // A round end: the contour fades to its mean radius towards the pole, so that the pole is smooth.
    const double fade = reach > 0 ? rho / reach : 1;
    const double turn = fade * around / std::max(reach, 0.5 * r);
    local.value = (reach - (a.mean_radius_mm + (r - a.mean_radius_mm) * fade)) / std::sqrt(1 + turn * turn);
    local.half_width_mm = a.half_width_mm;
    local.arc_mm = a.arc_mm;
    return local;
}

// The nearest place on each chain near p, at most `capacity` chains, nearest first.
int LumenField::gather(Vec3 p, Local* found, int capacity) const {
    std::int64_t at[3];
    for (int k = 0; k < 3; ++k) {
        const double x = (p[k] - low_[k]) / block_mm;
        if (!(x >= 0 && x < (1 << 20))) return 0;
        at[k] = static_cast<std::int64_t>(x);
    }
    const std::int32_t block = block_index_.find(lattice_key(at[0], at[1], at[2]));
    if (block < 0) return 0;
    int count = 0;
    const auto b = static_cast<std::size_t>(block);
    for (std::int32_t k = block_start_[b]; k < block_start_[b + 1]; ++k) {
        const Local local = on_piece(block_pieces_[static_cast<std::size_t>(k)], p);
        if (local.value >= far) continue;
        int slot = 0;
        while (slot < count && found[slot].chain != local.chain) ++slot;
        if (slot == count) {
            if (count == capacity) continue;
            found[count++] = local;
        } else if (local.value < found[slot].value) {
            found[slot] = local;
        }
    }
    // By value, then chain: the order must not depend on how pieces are listed.
    std::sort(found, found + count, [](const Local& a, const Local& c) {
        return a.value != c.value ? a.value < c.value : a.chain < c.chain;
    });
    return count;
}

// Smallest value of chain `other` on the ring of a section: positive where the tubes have separated.
double LumenField::clear_of(const Chain& side, std::size_t section, int other) const {
    const ChainSection& s = side.sections[section];
    double least = far;
    constexpr int rays = 12;
    for (int a = 0; a < rays; ++a) {
        const double phi = 2 * pi * a / rays;
        double slope = 0, around = 0;
        const double u = std::cos(phi), v = std::sin(phi);
        const double r = contour(side, section, 0, u, v, 0, slope, around);
        Local found[max_tubes];
        const int count = gather(s.center + r * u * s.normal + r * v * s.binormal, found, max_tubes);
        for (int k = 0; k < count; ++k)
            if (found[k].chain == other) least = std::min(least, found[k].value);
    }
    return least;
}

void LumenField::find_joined_lengths() {
    const std::size_t n = set_.chains.size();
    joined_.assign(n * n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
        const Chain& side = set_.chains[i];
        if (side.host < 0) continue;
        for (std::size_t j = 0; j < n; ++j) {
            const Chain& other = set_.chains[j];
            const bool host = side.host == static_cast<int>(j);
            const bool sibling =
                j != i && other.host == side.host && std::abs(other.host_arc_mm - side.host_arc_mm) < 1e-6;
            if (!host && !sibling) continue;
            double separated = 1e9;
            for (std::size_t s = 0; s < side.sections.size() && separated > 1e8; ++s)
                if (clear_of(side, s, static_cast<int>(j)) > 0) separated = side.sections[s].arc_mm;
            joined_[i * n + j] = std::max(separated, 1e-3);
        }
    }
}

// How far two tubes are one lumen at this place: 1 where they are joined, falling to 0 beyond their
// separation.
double LumenField::joined_weight(const Local& a, const Local& b) const {
    const std::size_t n = set_.chains.size();
    const auto along = [&](const Local& side, const Local& other) {
        const double length =
            joined_[static_cast<std::size_t>(side.chain) * n + static_cast<std::size_t>(other.chain)];
        return length <= 0 ? 0.0 : ramp(1 - (side.arc_mm - length - side.half_width_mm) / ramp_mm);
    };
    return std::max(along(a, b), along(b, a));
}

LumenField::Sample LumenField::sample(Vec3 p) const {
    Sample out;
    Local found[max_tubes];
    const int count = gather(p, found, max_tubes);
    out.value = far;
    if (count == 0) return out;
    const Local& nearest = found[0];
    out.chain = nearest.chain, out.chain_arc_mm = nearest.arc_mm;
    out.half_width_mm = nearest.half_width_mm;
    const ChainSection& at = set_.chains[static_cast<std::size_t>(nearest.chain)]
                                 .sections[static_cast<std::size_t>(nearest.section)];
    out.branch = at.branch, out.branch_arc_mm = at.branch_arc_mm;
    if (nearest.kind != 0)
        out.open_end = nearest.kind < 0 ? end_at_start_[static_cast<std::size_t>(nearest.chain)]
                                        : end_at_finish_[static_cast<std::size_t>(nearest.chain)];
    double value = nearest.value, wall = -1e9;
    for (int j = 1; j < count; ++j) {
        // Joined with any nearer tube: smooth union. Otherwise a thin wall keeps the two apart; it is absent
        // where a third tube joins both.
        double blend = -1, weight = 0;
        for (int i = 0; i < j; ++i) {
            const double w = joined_weight(found[i], found[j]);
            if (w <= 0) continue;
            weight = std::max(weight, w);
            blend = std::max(blend, w * options_.blend_fraction *
                                        std::min(found[i].half_width_mm, found[j].half_width_mm));
        }
        for (int c = 0; c < count && weight < 1; ++c)
            if (c != j && c != 0 && joined_weight(found[c], found[0]) > 0 &&
                joined_weight(found[c], found[j]) > 0)
                weight = std::max(weight, ramp(1 - found[c].value / 0.3));
        if (blend >= 0) value = smooth_min(value, found[j].value, blend);
        if (weight < 1) {
            const double gap = options_.gap_mm * (1 - weight), spare = found[j].value - nearest.value;
            wall = std::max(wall, 0.5 * (gap - spare));
            if (gap > 0.3 * options_.gap_mm) out.spare_mm = std::min(out.spare_mm, spare);
        }
    }
    out.value = std::min(far, std::max(value, wall));
    return out;
}

double LumenField::chain_value(Vec3 p, int chain) const {
    Local found[max_tubes];
    const int count = gather(p, found, max_tubes);
    for (int k = 0; k < count; ++k)
        if (found[k].chain == chain) return found[k].value;
    return far;
}

Vec3 LumenField::gradient(Vec3 p) const {
    constexpr double h = 0.01;
    Vec3 g;
    for (int k = 0; k < 3; ++k) {
        Vec3 low = p, high = p;
        low[k] -= h, high[k] += h;
        g[k] = (value(high) - value(low)) / (2 * h);
    }
    return g;
}

}  // namespace ctffr::lumen
