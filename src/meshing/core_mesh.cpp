// SPDX-License-Identifier: Apache-2.0
#include "meshing/core_mesh.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "ctffr/core/error.hpp"
#include "meshing/blocks.hpp"

namespace ctffr::meshing {

namespace {

constexpr double deep = -1e3;  // depth of points that were not measured: far inside
constexpr int smoothing_sweeps = 4;
constexpr double flattest = 0.15;
constexpr double coarsest_layers = 1.5;  // wanted spacing over the side of a cell, in the layers' thickness

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

class CoreBuilder {
   public:
    CoreBuilder(const ImplicitLumen& lumen, const Octree& octree, const CoreOptions& options, const Run& run)
        : lumen_(lumen), octree_(octree), options_(options), exec_{run.profiler} {}

    CoreMesh build() {
        number_corners();
        choose_measured();
        measure();
        choose_band();
        smooth_layers();
        steepen();
        snap();
        number_cells();
        make_faces();
        return std::move(core_);
    }

   private:
    using Node = Octree::Node;
    using Kind = Octree::Kind;

    static std::uint64_t key(Place p) { return lattice_key(p[0], p[1], p[2]); }
    static Place corner(const Node& node, int c) {
        const std::int32_t u = Octree::units(node);
        return {node.at[0] + u * (c & 1), node.at[1] + u * (c >> 1 & 1), node.at[2] + u * (c >> 2 & 1)};
    }
    static Place middle(Place a, Place b) {
        return {(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2};
    }
    Index leaves() const { return static_cast<Index>(octree_.leaves().size()); }
    const Node& leaf(Index l) const { return octree_.node(octree_.leaves()[static_cast<std::size_t>(l)]); }

    void number_corners();
    void choose_measured();
    void measure();
    void choose_band();
    void smooth_layers();
    void steepen();
    void snap();
    void number_cells();
    void make_faces();
    std::int32_t hanging(std::int32_t a, std::int32_t b, double side_mm) const;
    void add_square(PolyMesh& part, const std::array<std::int32_t, 4>& square, double side_mm,
                    std::int32_t own, std::int32_t other) const;
    void require_outside(Index l, const std::array<int, 4>& square) const;
    void add_quarters(PolyMesh& part, const Node& node, const std::array<int, 4>& square, Place beside,
                      int axis, std::int32_t cell) const;

    const ImplicitLumen& lumen_;
    const Octree& octree_;
    CoreOptions options_;
    Cpu exec_;
    CoreMesh core_;
    IndexMap point_of_;
    std::vector<Place> place_;
    std::vector<std::array<std::int32_t, 8>> corners_;  // per leaf
    std::vector<std::int32_t> cell_of_node_;            // -1: no cell
    std::vector<char> measured_;
    std::vector<Index> band_;
    bool graded_ = false;  // leaves of different levels
};

void CoreBuilder::number_corners() {
    corners_.resize(static_cast<std::size_t>(leaves()));
    const int first_level = leaves() > 0 ? leaf(0).level : 0;
    for (Index l = 0; l < leaves(); ++l) {
        const Node& node = leaf(l);
        if (node.level == 0 && node.kind == Kind::outside) {
            corners_[static_cast<std::size_t>(l)].fill(-1);
            continue;
        }
        graded_ = graded_ || node.level != first_level;
        for (int c = 0; c < 8; ++c) {
            const Place p = corner(node, c);
            const auto next = static_cast<std::int32_t>(place_.size());
            const std::int32_t id = point_of_.insert(key(p), next);
            if (id == next) {
                place_.push_back(p);
                core_.mesh.size_mm.push_back(1e9F);
            }
            corners_[static_cast<std::size_t>(l)][static_cast<std::size_t>(c)] = id;
            float& size = core_.mesh.size_mm[at(id)];
            size = std::min(size, static_cast<float>(octree_.side_mm(node)));
        }
    }
    core_.mesh.points.resize(place_.size());
    for (std::size_t p = 0; p < place_.size(); ++p) core_.mesh.points[p] = octree_.point(place_[p]);
}

// A point of a smaller leaf halfway between two corners of a leaf; -1: none. The smaller leaves around it
// have the corners as theirs.
std::int32_t CoreBuilder::hanging(std::int32_t a, std::int32_t b, double side_mm) const {
    const double smaller = 0.75 * side_mm;
    if (core_.mesh.size_mm[at(a)] > smaller || core_.mesh.size_mm[at(b)] > smaller) return -1;
    return point_of_.find(key(middle(place_[at(a)], place_[at(b)])));
}

// Every point of a leaf that the surface may cross needs its depth, hanging points included.
void CoreBuilder::choose_measured() {
    measured_.assign(place_.size(), 0);
    for (Index l = 0; l < leaves(); ++l) {
        if (leaf(l).kind != Kind::near_wall) continue;
        const auto& c = corners_[static_cast<std::size_t>(l)];
        for (std::int32_t p : c) measured_[at(p)] = 1;
        if (!graded_ || leaf(l).level == Octree::max_level) continue;
        // Pairs of corners along an edge and across a face.
        const double side = octree_.side_mm(leaf(l));
        for (std::size_t j = 0; j < 8; ++j)
            for (std::size_t k = j + 1; k < 8; ++k)
                if ((j ^ k) != 7)
                    if (const std::int32_t p = hanging(c[j], c[k], side); p >= 0) measured_[at(p)] = 1;
    }
}

void CoreBuilder::measure() {
    core_.depth.assign(place_.size(), deep);
    core_.layer_mm.assign(place_.size(), 0.0F);
    parallel_for_uneven(exec_, "mesh depth", static_cast<Index>(place_.size()), 512, [&](Index i) {
        const auto p = static_cast<std::size_t>(i);
        if (!measured_[p]) return;
        const auto sample = lumen_.sample(core_.mesh.points[p]);
        core_.depth[p] = sample.value_mm;
        // Beside a much thinner tube the cells are finer than their own diameter asks for: so are the layers.
        const double spacing = std::min(sample.diameter_mm / options_.cells_per_diameter,
                                        coarsest_layers * core_.mesh.size_mm[p]);
        core_.layer_mm[p] = static_cast<float>(options_.layer_fraction * sample.layer_part * spacing);
    });
    const auto assume = [&](Kind kind, double depth) {
        for (Index l = 0; l < leaves(); ++l)
            if (leaf(l).kind == kind)
                for (std::int32_t p : corners_[static_cast<std::size_t>(l)])
                    if (p >= 0 && !measured_[at(p)]) core_.depth[at(p)] = depth;
    };
    assume(Kind::outside, -deep), assume(Kind::inside, deep);
}

// Leaves that the surface of the core may cross or touch.
void CoreBuilder::choose_band() {
    for (Index l = 0; l < leaves(); ++l) {
        if (leaf(l).kind != Kind::near_wall) continue;
        const double reach = 2 * octree_.side_mm(leaf(l));
        const auto& c = corners_[static_cast<std::size_t>(l)];
        if (std::any_of(c.begin(), c.end(), [&](std::int32_t p) {
                return std::abs(core_.depth[at(p)] + core_.layer_mm[at(p)]) < reach;
            }))
            band_.push_back(l);
    }
}

// The thickness may jump from one tube to another: averaged over neighbours it becomes a smooth function, and
// points without a known diameter get that of their neighbours.
void CoreBuilder::smooth_layers() {
    std::vector<float> sum(place_.size());
    std::vector<float> count(place_.size());
    for (int sweep = 0; sweep < smoothing_sweeps; ++sweep) {
        for (std::size_t p = 0; p < place_.size(); ++p) {
            sum[p] = core_.layer_mm[p];
            count[p] = core_.layer_mm[p] > 0 ? 1.0F : 0.0F;
        }
        const auto give = [&](std::int32_t from, std::int32_t to) {
            if (core_.layer_mm[at(from)] > 0) sum[at(to)] += core_.layer_mm[at(from)], count[at(to)] += 1;
        };
        for (Index l : band_) {
            const auto& c = corners_[static_cast<std::size_t>(l)];
            for (std::size_t k = 0; k < 8; ++k)
                for (std::size_t axis = 1; axis < 8; axis *= 2)
                    if (!(k & axis)) give(c[k], c[k | axis]), give(c[k | axis], c[k]);
        }
        for (std::size_t p = 0; p < place_.size(); ++p)
            if (measured_[p] && count[p] > 0) core_.layer_mm[p] = sum[p] / count[p];
    }
}

// Where the function is flat (just upstream of the ridge between two branches) the wall is farther away than
// the value says: divided by the slope over the lattice it is a distance again. Then the layers are added.
void CoreBuilder::steepen() {
    std::vector<std::array<float, 3>> slope(place_.size(), {0, 0, 0}), count(place_.size(), {0, 0, 0});
    for (Index l : band_) {
        const auto& c = corners_[static_cast<std::size_t>(l)];
        const double side = octree_.side_mm(leaf(l));
        for (std::size_t k = 0; k < 8; ++k)
            for (std::size_t axis = 0; axis < 3; ++axis) {
                if (k >> axis & 1) continue;
                const std::int32_t a = c[k], b = c[k | std::size_t{1} << axis];
                const auto rise = static_cast<float>((core_.depth[at(b)] - core_.depth[at(a)]) / side);
                for (std::int32_t p : {a, b}) slope[at(p)][axis] += rise, count[at(p)][axis] += 1;
            }
    }
    parallel_for(exec_, "mesh slopes", static_cast<Index>(place_.size()), [&](Index i) {
        const auto p = static_cast<std::size_t>(i);
        if (!measured_[p]) return;
        double square = 0;
        for (std::size_t k = 0; k < 3; ++k)
            if (count[p][k] > 0) square += std::pow(slope[p][k] / count[p][k], 2);
        if (core_.depth[p] < 0 && count[p][0] > 0)
            core_.depth[p] /= std::clamp(std::sqrt(square), flattest, 1.0);
        core_.depth[p] += core_.layer_mm[p];
    });
}

// Points close to the surface move onto it, so that the cut leaves no slivers.
void CoreBuilder::snap() {
    std::vector<char> crossed(place_.size(), 0);
    for (Index l : band_) {
        const auto& c = corners_[static_cast<std::size_t>(l)];
        bool in = false, out = false;
        for (std::int32_t p : c) (core_.depth[at(p)] < 0 ? in : out) = true;
        if (!in || !out) continue;
        for (std::int32_t p : c) crossed[at(p)] = 1;
    }
    parallel_for_uneven(exec_, "mesh snap", static_cast<Index>(place_.size()), 512, [&](Index i) {
        const auto p = static_cast<std::size_t>(i);
        const double limit = options_.snap_fraction * core_.mesh.size_mm[p], depth = core_.depth[p];
        if (!crossed[p] || std::abs(depth) > limit) return;
        Vec3& point = core_.mesh.points[p];
        const Vec3 way = normalized(lumen_.gradient(point, 0.3 * core_.mesh.size_mm[p]));
        if (way == Vec3{}) return;
        point -= depth * way;
        core_.depth[p] = 0;
    });
}

void CoreBuilder::number_cells() {
    cell_of_node_.assign(static_cast<std::size_t>(octree_.nodes()), -1);
    for (Index l = 0; l < leaves(); ++l) {
        if (leaf(l).kind == Kind::outside) continue;
        const auto& c = corners_[static_cast<std::size_t>(l)];
        if (std::any_of(c.begin(), c.end(), [&](std::int32_t p) { return core_.depth[at(p)] < 0; }))
            cell_of_node_[at(octree_.leaves()[static_cast<std::size_t>(l)])] = core_.mesh.cells++;
    }
}

// A square with the hanging points on its edges.
void CoreBuilder::add_square(PolyMesh& part, const std::array<std::int32_t, 4>& square, double side_mm,
                             std::int32_t own, std::int32_t other) const {
    for (std::size_t k = 0; k < 4; ++k) {
        part.corner.push_back(square[k]);
        if (!graded_) continue;
        const std::int32_t between = hanging(square[k], square[(k + 1) % 4], side_mm);
        if (between >= 0) part.corner.push_back(between);
    }
    part.start.push_back(static_cast<std::int32_t>(part.corner.size()));
    part.owner.push_back(own), part.neighbour.push_back(other);
}

// The quarters of a square towards finer leaves. They belong to the finer cells, except where there is none.
void CoreBuilder::add_quarters(PolyMesh& part, const Node& node, const std::array<int, 4>& square,
                               Place beside, int axis, std::int32_t cell) const {
    const auto place = [&](std::size_t k) { return corner(node, square[k % 4]); };
    const Place center = middle(place(0), place(2));
    for (std::size_t q = 0; q < 4; ++q) {
        Place inside = beside;
        for (std::size_t k = 0; k < 3; ++k)
            if (static_cast<int>(k) != axis) inside[k] = std::min(place(q)[k], center[k]);
        if (cell_of_node_[at(octree_.find(inside, node.level + 1))] >= 0) continue;
        const auto point = [&](Place p) { return point_of_.find(key(p)); };
        add_square(part,
                   {point(place(q)), point(middle(place(q), place(q + 1))), point(center),
                    point(middle(place(q), place(q + 3)))},
                   0.5 * octree_.side_mm(node), cell, wall_code);
    }
}

// At the edge of the octree the lumen must have ended.
void CoreBuilder::require_outside(Index l, const std::array<int, 4>& square) const {
    for (int k : square) {
        const std::int32_t p = corners_[static_cast<std::size_t>(l)][static_cast<std::size_t>(k)];
        if (core_.depth[at(p)] >= 0) continue;
        const Vec3 x = core_.mesh.points[at(p)];
        throw Error(
            ExitCode::mesh_failed,
            "The lumen goes on without end at ({:.1f}, {:.1f}, {:.1f}) mm: it needs an opening there.", x.x,
            x.y, x.z);
    }
}

void CoreBuilder::make_faces() {
    // A face belongs to the smaller of its two cells; of equal ones to that on the low side.
    const auto body = [&](Index first, Index last, PolyMesh& part) {
        for (Index l = first; l < last; ++l) {
            const std::int32_t id = octree_.leaves()[static_cast<std::size_t>(l)];
            const std::int32_t cell = cell_of_node_[at(id)];
            if (cell < 0) continue;
            const Node& node = leaf(l);
            const auto& ids = corners_[static_cast<std::size_t>(l)];
            for (int axis = 0; axis < 3; ++axis)
                for (int side = 0; side < 2; ++side) {
                    const int ua = 1 << (axis + 1) % 3, va = 1 << (axis + 2) % 3, base = side << axis;
                    std::array<int, 4> square{base, base | ua, base | ua | va, base | va};
                    if (!side) std::swap(square[1], square[3]);
                    Place beside = node.at;
                    beside[static_cast<std::size_t>(axis)] += side ? Octree::units(node) : -1;
                    std::int32_t other = octree_.sibling(id, axis, side);
                    if (other < 0) other = octree_.find(beside, node.level);
                    if (other >= 0 && octree_.node(other).kind == Kind::split) {
                        add_quarters(part, node, square, beside, axis, cell);
                        continue;
                    }
                    if (other < 0) require_outside(l, square);
                    const std::int32_t mate = other < 0 ? -1 : cell_of_node_[at(other)];
                    if (mate >= 0 && octree_.node(other).level == node.level && side == 0) continue;
                    std::array<std::int32_t, 4> points{};
                    for (std::size_t k = 0; k < 4; ++k) points[k] = ids[static_cast<std::size_t>(square[k])];
                    add_square(part, points, octree_.side_mm(node), cell, mate >= 0 ? mate : wall_code);
                }
        }
    };
    for (const PolyMesh& part : in_blocks<PolyMesh>(exec_, "mesh core faces", leaves(), 4096, body))
        core_.mesh.append_faces(part);
}

}  // namespace

CoreMesh make_core(const ImplicitLumen& lumen, const Octree& octree, const CoreOptions& options,
                   const Run& run) {
    return CoreBuilder(lumen, octree, options, run).build();
}

}  // namespace ctffr::meshing
