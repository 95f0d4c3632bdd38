// SPDX-License-Identifier: Apache-2.0
#include "lumen/adaptive_surface.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"
#include "lumen/manifold.hpp"

namespace ctffr::lumen {

namespace {

constexpr int base_level = 3, max_level = 6;  // base cells are spacing_mm wide; roots are 8 of them
constexpr std::int64_t root_units = 1 << max_level;

struct Cell {
    std::int64_t x = 0, y = 0, z = 0;  // lowest corner, in units of the finest cell
    int level = 0;
    std::int64_t units() const { return root_units >> level; }
};

constexpr int corner_offset[8][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {1, 1, 0},
                                     {0, 0, 1}, {1, 0, 1}, {0, 1, 1}, {1, 1, 1}};

// One inside and one outside component and no face with diagonal signs: such a cell holds one sheet of
// surface.
bool is_simple(unsigned signs) {
    const auto components = [&](bool inside) {
        int count = 0;
        unsigned seen = 0;
        for (int c = 0; c < 8; ++c) {
            if (((signs >> c) & 1U) != (inside ? 1U : 0U) || (seen >> c & 1U)) continue;
            ++count;
            unsigned front = 1U << c;
            seen |= front;
            while (front) {
                unsigned next = 0;
                for (int k = 0; k < 8; ++k)
                    for (int axis = 0; axis < 3 && (front >> k & 1U); ++axis) {
                        const int other = k ^ (1 << axis);
                        if (((signs >> other) & 1U) == (inside ? 1U : 0U) && !(seen >> other & 1U))
                            next |= 1U << other;
                    }
                seen |= next, front = next;
            }
        }
        return count;
    };
    if (components(true) != 1 || components(false) != 1) return false;
    for (int axis = 0; axis < 3; ++axis)
        for (int side = 0; side < 2; ++side) {
            const int a = side << axis, u = 1 << (axis + 1) % 3, v = 1 << (axis + 2) % 3;
            const unsigned s0 = signs >> a & 1U, s1 = signs >> (a | u) & 1U;
            const unsigned s2 = signs >> (a | v) & 1U, s3 = signs >> (a | u | v) & 1U;
            if (s0 == s3 && s1 == s2 && s0 != s1) return false;
        }
    return true;
}

class Octree {
   public:
    Octree(const LumenField& field, const AdaptiveOptions& options, const Run& run)
        : field_(field),
          unit_(options.spacing_mm / (1 << (max_level - base_level))),
          options_(options),
          exec_{run.profiler} {
        // One root-cell margin keeps every place positive.
        origin_ = field.bounds().first - Vec3{1, 1, 1} * (unit_ * root_units);
        for (int s = 0; s < 256; ++s)
            simple_[static_cast<std::size_t>(s)] = is_simple(static_cast<unsigned>(s));
    }

    void build(const Run& run) {
        std::vector<Cell> open = roots();
        for (int level = 0; level < max_level && !open.empty(); ++level) {
            run.check_cancel();
            open = subdivide(open);
        }
        for (const Cell& cell : open) add_leaf(cell);
        for (int pass = 0; pass < 8; ++pass) {
            sample_corners();
            std::vector<std::int32_t> split = hidden_features();
            if (split.empty()) break;
            for (std::int32_t leaf : split) split_leaf(leaf);
            run.check_cancel();
        }
    }

    // Makes polygons around all sign-changing edges. False when a cell was missing and has been added: then
    // the corners must be sampled and the polygons made again.
    bool make_polygons();
    TriangleMesh mesh() const;
    void sample_corners();
    void refine_around(const std::vector<std::int32_t>& vertices);

   private:
    using Polygon = std::array<std::int32_t, 4>;  // leaves in order around the edge; last = -1 for triangles

    Vec3 point(std::int64_t x, std::int64_t y, std::int64_t z) const {
        return origin_ + Vec3{unit_ * static_cast<double>(x), unit_ * static_cast<double>(y),
                              unit_ * static_cast<double>(z)};
    }
    Vec3 center(const Cell& cell) const {
        const double half = 0.5 * unit_ * static_cast<double>(cell.units());
        return point(cell.x, cell.y, cell.z) + Vec3{half, half, half};
    }
    std::vector<Cell> roots() const;
    std::vector<Cell> subdivide(const std::vector<Cell>& cells);
    void add_leaf(const Cell& cell);
    void split_leaf(std::int32_t leaf);
    std::vector<std::int32_t> hidden_features() const;
    std::int32_t leaf_at(std::int64_t x, std::int64_t y, std::int64_t z) const;
    void add_missing(std::int64_t x, std::int64_t y, std::int64_t z);
    double target_size(const LumenField::Sample& sample) const;
    std::int32_t corner_index(const Cell& cell, int k) const {
        const std::int64_t u = cell.units();
        return corner_of_.find(lattice_key(cell.x + u * corner_offset[k][0], cell.y + u * corner_offset[k][1],
                                           cell.z + u * corner_offset[k][2]));
    }
    unsigned signs(const Cell& cell) const {
        unsigned bits = 0;
        for (int k = 0; k < 8; ++k)
            bits |= (corner_value_[static_cast<std::size_t>(corner_index(cell, k))] < 0 ? 1U : 0U) << k;
        return bits;
    }

    const LumenField& field_;
    double unit_;
    AdaptiveOptions options_;
    Cpu exec_;
    Vec3 origin_;
    std::array<bool, 256> simple_{};
    std::vector<Cell> leaves_;
    std::vector<bool> alive_;
    std::array<IndexMap, max_level + 1> leaf_of_, inner_;
    IndexMap corner_of_;
    std::vector<std::array<std::int64_t, 3>> corner_place_;
    std::vector<float> corner_value_;
    std::vector<Polygon> polygons_;
    std::vector<Vec3> crossing_sum_;
    std::vector<int> crossing_count_;
};

std::vector<Cell> Octree::roots() const {
    // Root cells and blocks of the field have different sides: every root that a block overlaps is taken
    // once.
    const double root_mm = unit_ * root_units;
    IndexMap seen;
    std::vector<Cell> cells;
    for (const Int3& block : field_.blocks()) {
        std::int64_t from[3], to[3];
        for (int k = 0; k < 3; ++k) {
            const double low = field_.bounds().first[k] + block[k] * LumenField::block_mm - origin_[k];
            from[k] = static_cast<std::int64_t>(low / root_mm);
            to[k] = static_cast<std::int64_t>((low + LumenField::block_mm) / root_mm);
        }
        for (auto z = from[2]; z <= to[2]; ++z)
            for (auto y = from[1]; y <= to[1]; ++y)
                for (auto x = from[0]; x <= to[0]; ++x) {
                    const auto next = static_cast<std::int32_t>(cells.size());
                    if (seen.insert(lattice_key(x, y, z), next) == next)
                        cells.push_back({x * root_units, y * root_units, z * root_units, 0});
                }
    }
    return cells;
}

double Octree::target_size(const LumenField::Sample& sample) const {
    double size = std::min(options_.spacing_mm, 2 * sample.half_width_mm / options_.cells_across);
    // Two tubes that must stay apart: the wall between them needs three cells.
    if (sample.spare_mm < 0.4 && std::abs(sample.value) < 0.4) size = std::min(size, 0.05);
    return size;
}

// Splits cells that may hold the wall and are too large; small enough ones become leaves. Returns the
// children.
std::vector<Cell> Octree::subdivide(const std::vector<Cell>& cells) {
    enum : char { drop, keep, split };
    std::vector<char> fate(cells.size(), drop);
    parallel_for(exec_, "lumen octree", static_cast<Index>(cells.size()), [&](Index i) {
        const Cell& cell = cells[static_cast<std::size_t>(i)];
        const LumenField::Sample sample = field_.sample(center(cell));
        const double side = unit_ * static_cast<double>(cell.units());
        // 1.3 covers places where the field grows faster than the distance (strongly uneven contours).
        if (std::abs(sample.value) > 1.3 * 0.5 * std::sqrt(3.0) * side) return;
        const bool fine = cell.level >= base_level && side <= 1.05 * target_size(sample);
        fate[static_cast<std::size_t>(i)] = fine ? keep : split;
    });
    std::vector<Cell> children;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (fate[i] == keep) add_leaf(cells[i]);
        if (fate[i] != split) continue;
        const Cell& cell = cells[i];
        inner_[static_cast<std::size_t>(cell.level)].insert(lattice_key(cell.x, cell.y, cell.z), 0);
        const std::int64_t half = cell.units() / 2;
        for (const auto& o : corner_offset)
            children.push_back(
                {cell.x + half * o[0], cell.y + half * o[1], cell.z + half * o[2], cell.level + 1});
    }
    return children;
}

void Octree::add_leaf(const Cell& cell) {
    const auto id = static_cast<std::int32_t>(leaves_.size());
    leaf_of_[static_cast<std::size_t>(cell.level)].insert(lattice_key(cell.x, cell.y, cell.z), id);
    leaves_.push_back(cell);
    alive_.push_back(true);
}

void Octree::split_leaf(std::int32_t leaf) {
    const Cell cell = leaves_[static_cast<std::size_t>(leaf)];
    if (!alive_[static_cast<std::size_t>(leaf)] || cell.level == max_level) return;
    alive_[static_cast<std::size_t>(leaf)] = false;
    inner_[static_cast<std::size_t>(cell.level)].insert(lattice_key(cell.x, cell.y, cell.z), 0);
    const std::int64_t half = cell.units() / 2;
    for (const auto& o : corner_offset)
        add_leaf({cell.x + half * o[0], cell.y + half * o[1], cell.z + half * o[2], cell.level + 1});
}

std::int32_t Octree::leaf_at(std::int64_t x, std::int64_t y, std::int64_t z) const {
    for (int level = max_level; level >= base_level; --level) {
        const std::int64_t mask = ~((root_units >> level) - 1);
        const std::int32_t leaf =
            leaf_of_[static_cast<std::size_t>(level)].find(lattice_key(x & mask, y & mask, z & mask));
        if (leaf >= 0 && alive_[static_cast<std::size_t>(leaf)]) return leaf;
    }
    return -1;
}

// Adds the child of the deepest split cell that holds the place, split down to the base level.
void Octree::add_missing(std::int64_t x, std::int64_t y, std::int64_t z) {
    int level = 0;
    for (int l = max_level - 1; l >= 0 && level == 0; --l) {
        const std::int64_t mask = ~((root_units >> l) - 1);
        if (inner_[static_cast<std::size_t>(l)].find(lattice_key(x & mask, y & mask, z & mask)) >= 0)
            level = l + 1;
    }
    for (; level < base_level; ++level) {
        const std::int64_t mask = ~((root_units >> level) - 1);
        inner_[static_cast<std::size_t>(level)].insert(lattice_key(x & mask, y & mask, z & mask), 0);
    }
    const std::int64_t mask = ~((root_units >> level) - 1);
    add_leaf({x & mask, y & mask, z & mask, level});
}

void Octree::sample_corners() {
    const std::size_t first = corner_place_.size();
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
        if (!alive_[i]) continue;
        const Cell& cell = leaves_[i];
        const std::int64_t u = cell.units();
        for (const auto& o : corner_offset) {
            const std::array<std::int64_t, 3> place{cell.x + u * o[0], cell.y + u * o[1], cell.z + u * o[2]};
            const auto next = static_cast<std::int32_t>(corner_place_.size());
            if (corner_of_.insert(lattice_key(place[0], place[1], place[2]), next) == next)
                corner_place_.push_back(place);
        }
    }
    corner_value_.resize(corner_place_.size());
    parallel_for(exec_, "lumen corners", static_cast<Index>(corner_place_.size() - first), [&](Index i) {
        const std::size_t at = first + static_cast<std::size_t>(i);
        const auto& place = corner_place_[at];
        corner_value_[at] = static_cast<float>(field_.value(point(place[0], place[1], place[2])));
    });
}

// Leaves whose corner signs allow more than one sheet of surface.
std::vector<std::int32_t> Octree::hidden_features() const {
    std::vector<std::int32_t> found;
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
        if (!alive_[i] || leaves_[i].level == max_level) continue;
        const unsigned bits = signs(leaves_[i]);
        if (bits != 0 && bits != 255 && !simple_[bits]) found.push_back(static_cast<std::int32_t>(i));
    }
    return found;
}

bool Octree::make_polygons() {
    polygons_.clear();
    crossing_sum_.assign(leaves_.size(), {}), crossing_count_.assign(leaves_.size(), 0);
    std::vector<std::array<std::int64_t, 3>> missing;
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
        if (!alive_[i]) continue;
        const Cell& cell = leaves_[i];
        const unsigned bits = signs(cell);
        if (bits == 0 || bits == 255) continue;
        const std::int64_t u = cell.units();
        for (int axis = 0; axis < 3; ++axis)
            for (int k = 0; k < 8; ++k) {
                if (k >> axis & 1 || (bits >> k & 1U) == (bits >> (k | 1 << axis) & 1U)) continue;
                const std::int64_t start[3] = {cell.x + u * corner_offset[k][0],
                                               cell.y + u * corner_offset[k][1],
                                               cell.z + u * corner_offset[k][2]};
                const int ua = (axis + 1) % 3, va = (axis + 2) % 3;
                // The four cells around the edge, counter-clockwise seen from its far end.
                constexpr int around[4][2] = {{0, 0}, {-1, 0}, {-1, -1}, {0, -1}};
                Polygon polygon{};
                bool whole = true, mine = true;
                for (int q = 0; q < 4; ++q) {
                    std::int64_t place[3] = {start[0], start[1], start[2]};
                    place[ua] += around[q][0], place[va] += around[q][1];
                    std::int32_t leaf = leaf_at(place[0], place[1], place[2]);
                    if (leaf < 0) {
                        missing.push_back({place[0], place[1], place[2]});
                        whole = false;
                        break;
                    }
                    const Cell& other = leaves_[static_cast<std::size_t>(leaf)];
                    // The edge belongs to the smallest cells around it, and among these to the first.
                    if (other.level > cell.level ||
                        (other.level == cell.level && leaf < static_cast<std::int32_t>(i)))
                        mine = false;
                    polygon[static_cast<std::size_t>(q)] = leaf;
                }
                if (!whole || !mine) continue;
                const double a = corner_value_[static_cast<std::size_t>(corner_index(cell, k))];
                const double b = corner_value_[static_cast<std::size_t>(corner_index(cell, k | 1 << axis))];
                Vec3 crossing = point(start[0], start[1], start[2]);
                crossing[axis] += unit_ * static_cast<double>(u) * (a / (a - b));
                Polygon unique{-1, -1, -1, -1};
                std::size_t n = 0;
                for (std::size_t q = 0; q < 4; ++q)
                    if (n == 0 || (polygon[q] != unique[n - 1] && !(q == 3 && polygon[q] == unique[0])))
                        unique[n++] = polygon[q];
                // Seen from the far end the order is counter-clockwise: outward when the far end is outside.
                if (b < 0) std::reverse(unique.begin(), unique.begin() + static_cast<std::ptrdiff_t>(n));
                for (std::size_t q = 0; q < n; ++q) {
                    crossing_sum_[static_cast<std::size_t>(unique[q])] += crossing;
                    ++crossing_count_[static_cast<std::size_t>(unique[q])];
                }
                if (n >= 3) polygons_.push_back(unique);
            }
    }
    for (const auto& place : missing)
        if (leaf_at(place[0], place[1], place[2]) < 0) add_missing(place[0], place[1], place[2]);
    return missing.empty();
}

TriangleMesh Octree::mesh() const {
    TriangleMesh mesh;
    std::vector<std::int32_t> vertex(leaves_.size(), -1);
    std::vector<double> reach;
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
        if (crossing_count_[i] == 0) continue;
        vertex[i] = static_cast<std::int32_t>(mesh.points_lps_mm.size());
        mesh.points_lps_mm.push_back(crossing_sum_[i] / crossing_count_[i]);
        reach.push_back(unit_ * static_cast<double>(leaves_[i].units()));
    }
    parallel_for(exec_, "lumen projection", static_cast<Index>(mesh.points_lps_mm.size()), [&](Index i) {
        Vec3& p = mesh.points_lps_mm[static_cast<std::size_t>(i)];
        p = project_to_level(field_, p, 0.0, reach[static_cast<std::size_t>(i)]);
    });
    for (const Polygon& polygon : polygons_) {
        const auto v = [&](std::size_t q) { return vertex[static_cast<std::size_t>(polygon[q])]; };
        if (polygon[3] < 0) {
            mesh.triangles.push_back({v(0), v(1), v(2)});
            continue;
        }
        const auto p = [&](std::size_t q) { return mesh.points_lps_mm[static_cast<std::size_t>(v(q))]; };
        if (distance(p(0), p(2)) <= distance(p(1), p(3))) {
            mesh.triangles.push_back({v(0), v(1), v(2)}), mesh.triangles.push_back({v(0), v(2), v(3)});
        } else {
            mesh.triangles.push_back({v(1), v(2), v(3)}), mesh.triangles.push_back({v(1), v(3), v(0)});
        }
    }
    mesh.patch.assign(mesh.triangles.size(), 0);
    return mesh;
}

// Splits the leaves of the given mesh vertices.
void Octree::refine_around(const std::vector<std::int32_t>& vertices) {
    std::vector<std::int32_t> leaf_of_vertex;
    for (std::size_t i = 0; i < crossing_count_.size(); ++i)
        if (crossing_count_[i] > 0) leaf_of_vertex.push_back(static_cast<std::int32_t>(i));
    for (std::int32_t v : vertices) split_leaf(leaf_of_vertex[static_cast<std::size_t>(v)]);
}

}  // namespace

Vec3 project_to_level(const LumenField& field, Vec3 p, double level, double reach_mm) {
    const Vec3 start = p;
    for (int step = 0; step < 4; ++step) {
        const double f = field.value(p) - level;
        if (std::abs(f) < 1e-5) break;
        const Vec3 g = field.gradient(p);
        const double g2 = dot(g, g);
        if (g2 < 0.04) break;
        const Vec3 next = p - (f / g2) * g;
        if (distance(next, start) > reach_mm) break;
        p = next;
    }
    return p;
}

TriangleMesh extract_surface(const LumenField& field, const AdaptiveOptions& options, const Run& run) {
    Octree tree(field, options, run);
    tree.build(run);
    // A few refinements separate sheets that a cell mixes up; what is left (tubes that truly touch) is cut
    // apart. Where the field grows faster than the distance, the surface is followed one cell a pass.
    constexpr int refinements = 3, tries = 100;
    int refined = 0;
    for (int attempt = 0; attempt < tries; ++attempt) {
        run.check_cancel();
        if (!tree.make_polygons()) {
            tree.sample_corners();
            continue;
        }
        TriangleMesh mesh = tree.mesh();
        const auto bad = non_manifold_vertices(mesh);
        if (!bad.empty() && refined++ < refinements) {
            tree.refine_around(bad);
            tree.sample_corners();
            continue;
        }
        if (!bad.empty()) {
            run.debug("Lumen surface: {} vertices at which sheets touch are cut apart.", bad.size());
            cut_apart(mesh);
        }
        return mesh;
    }
    throw Error(ExitCode::lumen_failed,
                "The lumen surface cannot be closed: cells are still missing after {} passes.", tries);
}

}  // namespace ctffr::lumen
