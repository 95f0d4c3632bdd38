// SPDX-License-Identifier: Apache-2.0
#include "ctffr/data/mesh_builder.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

// Outward faces of the shapes, in corners of the cell.
struct ShapeFaces {
    std::vector<std::vector<int>> faces;
    int corners;
};
const ShapeFaces& faces_of(MeshBuilder::Shape shape) {
    static const ShapeFaces tetra{{{0, 2, 1}, {0, 1, 3}, {1, 2, 3}, {2, 0, 3}}, 4};
    static const ShapeFaces pyramid{{{0, 3, 2, 1}, {0, 1, 4}, {1, 2, 4}, {2, 3, 4}, {3, 0, 4}}, 5};
    static const ShapeFaces prism{{{0, 2, 1}, {3, 4, 5}, {0, 1, 4, 3}, {1, 2, 5, 4}, {2, 0, 3, 5}}, 6};
    static const ShapeFaces hexahedron{
        {{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4}, {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}}, 8};
    switch (shape) {
        case MeshBuilder::Shape::tetra: return tetra;
        case MeshBuilder::Shape::pyramid: return pyramid;
        case MeshBuilder::Shape::prism: return prism;
        case MeshBuilder::Shape::hexahedron: return hexahedron;
    }
    return hexahedron;
}

// Six times the volume swept by a polygon's fan about `apex`; positive for outward polygons.
double fan_volume(const std::vector<Vec3>& points, std::span<const std::int32_t> polygon, Vec3 apex) {
    Vec3 mean;
    for (std::int32_t p : polygon) mean += points[at(p)];
    mean = mean / static_cast<double>(polygon.size());
    double sum = 0;
    for (std::size_t k = 0; k < polygon.size(); ++k) {
        const Vec3 a = points[at(polygon[k])], b = points[at(polygon[(k + 1) % polygon.size()])];
        sum += dot(cross(a - mean, b - mean), mean - apex);
    }
    return sum;
}

std::int32_t low_corner(std::span<const std::int32_t> polygon) {
    return *std::min_element(polygon.begin(), polygon.end());
}

bool same_corners(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
    if (a.size() != b.size()) return false;
    for (std::int32_t p : a)
        if (std::find(b.begin(), b.end(), p) == b.end()) return false;
    return true;
}

}  // namespace

// For every side of a cell: the side of the neighbour, or -1; for those without, the named polygon, or -1.
struct MeshBuilder::Match {
    std::vector<std::int32_t> mate, name;
};

void MeshBuilder::Polygons::add(std::span<const std::int32_t> polygon) {
    if (point.size() + polygon.size() > at(std::numeric_limits<std::int32_t>::max()))
        throw Error(ExitCode::mesh_failed, "The mesh has more than 2^31 face corners; use a coarser one.");
    point.insert(point.end(), polygon.begin(), polygon.end());
    start.push_back(static_cast<std::int32_t>(point.size()));
}

void MeshBuilder::reserve(Index point_count, Index cell_faces, Index corners) {
    points.reserve(at(point_count));
    sides_.start.reserve(at(cell_faces) + 1);
    sides_.point.reserve(at(corners));
    side_cell_.reserve(at(cell_faces));
}

void MeshBuilder::check_points(std::span<const std::int32_t> corners) const {
    for (std::int32_t p : corners)
        if (p < 0 || at(p) >= points.size())
            throw Error(ExitCode::mesh_failed, "Cell {} uses point {}, but there are {} points.", cells_, p,
                        points.size());
}

void MeshBuilder::add_outward_face(std::span<const std::int32_t> polygon) {
    sides_.add(polygon);
    side_cell_.push_back(static_cast<std::int32_t>(cells_ - 1));
}

Index MeshBuilder::add_cell(Shape shape, std::span<const std::int32_t> corners) {
    const ShapeFaces& shape_faces = faces_of(shape);
    if (static_cast<int>(corners.size()) != shape_faces.corners)
        throw Error(ExitCode::mesh_failed, "Cell {} has {} corners, its type has {}.", cells_, corners.size(),
                    shape_faces.corners);
    check_points(corners);
    begin_cell();
    std::array<std::int32_t, 4> polygon{};
    double volume = 0;
    const Vec3 apex = points[at(corners[0])];
    const Index first = sides_.count();
    for (const auto& face : shape_faces.faces) {
        for (std::size_t k = 0; k < face.size(); ++k) polygon[k] = corners[at(face[k])];
        add_outward_face({polygon.data(), face.size()});
        volume += fan_volume(points, {polygon.data(), face.size()}, apex);
    }
    if (volume < 0)
        for (Index side = first; side < sides_.count(); ++side)
            std::reverse(sides_.point.begin() + sides_.start[at(side)],
                         sides_.point.begin() + sides_.start[at(side) + 1]);
    return cells_ - 1;
}

Index MeshBuilder::add_polyhedron(std::span<const std::int32_t> face_stream) {
    std::vector<std::vector<std::int32_t>> faces;
    for (std::size_t k = 0; k < face_stream.size();) {
        const auto count = face_stream[k];
        if (count < 3 || k + 1 + at(count) > face_stream.size())
            throw Error(ExitCode::mesh_failed, "Cell {} has a face of {} corners.", cells_, count);
        faces.emplace_back(face_stream.begin() + static_cast<std::ptrdiff_t>(k) + 1,
                           face_stream.begin() + static_cast<std::ptrdiff_t>(k) + 1 + count);
        check_points(faces.back());
        k += 1 + at(count);
    }
    if (faces.size() < 4) throw Error(ExitCode::mesh_failed, "Cell {} has {} faces.", cells_, faces.size());
    // All polygons of a cell are turned to run against each other along the edges they share.
    struct Edge {
        std::int32_t a, b;
        std::size_t face;
        bool forward;
    };
    std::vector<Edge> edges;
    for (std::size_t f = 0; f < faces.size(); ++f)
        for (std::size_t k = 0; k < faces[f].size(); ++k) {
            const std::int32_t a = faces[f][k], b = faces[f][(k + 1) % faces[f].size()];
            edges.push_back({std::min(a, b), std::max(a, b), f, a < b});
        }
    std::sort(edges.begin(), edges.end(), [](const Edge& x, const Edge& y) {
        return std::array{x.a, x.b, static_cast<std::int32_t>(x.face)} <
               std::array{y.a, y.b, static_cast<std::int32_t>(y.face)};
    });
    std::vector<int> turned(faces.size(), -1);
    turned[0] = 0;
    std::vector<std::size_t> front{0};
    for (std::size_t k = 0; k < edges.size(); k += 2)
        if (k + 1 == edges.size() || edges[k].a != edges[k + 1].a || edges[k].b != edges[k + 1].b ||
            (k + 2 < edges.size() && edges[k + 2].a == edges[k].a && edges[k + 2].b == edges[k].b))
            throw Error(ExitCode::mesh_failed,
                        "The faces of cell {} do not close: edge {}-{} does not belong to two of them.",
                        cells_, edges[k].a, edges[k].b);
    while (!front.empty()) {
        const std::size_t f = front.back();
        front.pop_back();
        for (std::size_t k = 0; k < edges.size(); k += 2) {
            const Edge& x = edges[k].face == f ? edges[k] : edges[k + 1];
            const Edge& y = edges[k].face == f ? edges[k + 1] : edges[k];
            if (x.face != f || turned[y.face] >= 0) continue;
            turned[y.face] = (x.forward == y.forward) ? 1 - turned[f] : turned[f];
            front.push_back(y.face);
        }
    }
    if (std::find(turned.begin(), turned.end(), -1) != turned.end())
        throw Error(ExitCode::mesh_failed, "The faces of cell {} do not hang together.", cells_);
    double volume = 0;
    const Vec3 apex = points[at(faces[0][0])];
    for (std::size_t f = 0; f < faces.size(); ++f) {
        if (turned[f]) std::reverse(faces[f].begin(), faces[f].end());
        volume += fan_volume(points, faces[f], apex);
    }
    begin_cell();
    for (auto& face : faces) {
        if (volume < 0) std::reverse(face.begin(), face.end());
        add_outward_face(face);
    }
    return cells_ - 1;
}

int MeshBuilder::add_patch(const std::string& name, FlowPatch::Kind kind) {
    for (std::size_t i = 0; i < patches_.size(); ++i)
        if (patches_[i].name == name) return static_cast<int>(i);
    patches_.push_back({name, kind, 0, 0});
    return static_cast<int>(patches_.size()) - 1;
}

void MeshBuilder::name_boundary(int patch, std::span<const std::int32_t> polygon) {
    check_points(polygon);
    named_.add(polygon);
    named_patch_.push_back(patch);
}

// Sides with the same lowest point stand together; within such a short list each looks for its like.
MeshBuilder::Match MeshBuilder::match() const {
    const Index sides = sides_.count(), all = sides + named_.count();
    const auto polygon = [&](Index i) { return i < sides ? sides_[i] : named_[i - sides]; };
    const auto lowest = [&](Index i) { return low_corner(polygon(i)); };
    std::vector<std::int32_t> start(points.size() + 1, 0), list(at(all)), low(at(all));
    parallel_for(Cpu{}, "lowest corners", all, [&](Index i) { low[at(i)] = lowest(i); });
    for (std::int32_t p : low) ++start[at(p) + 1];
    for (std::size_t p = 1; p < start.size(); ++p) start[p] += start[p - 1];
    std::vector<std::int32_t> next(start.begin(), start.end() - 1);
    for (Index i = 0; i < all; ++i) list[at(next[at(low[at(i)])]++)] = static_cast<std::int32_t>(i);
    Match match;
    match.mate.assign(at(sides), -1);
    match.name.assign(at(sides), -1);
    constexpr std::int32_t crowded = -2;
    parallel_for(Cpu{}, "match faces", static_cast<Index>(points.size()), [&](Index p) {
        for (std::int32_t k = start[at(p)]; k < start[at(p) + 1]; ++k) {
            const std::int32_t a = list[at(k)];
            for (std::int32_t l = k + 1; l < start[at(p) + 1]; ++l) {
                const std::int32_t b = list[at(l)];
                if (a >= sides || !same_corners(polygon(a), polygon(b))) continue;
                if (b >= sides) {
                    match.name[at(a)] = static_cast<std::int32_t>(b - sides);
                } else if (match.mate[at(a)] == -1 && match.mate[at(b)] == -1) {
                    match.mate[at(a)] = b, match.mate[at(b)] = a;
                } else {
                    match.mate[at(a)] = crowded;
                }
            }
        }
    });
    for (Index i = 0; i < sides; ++i)
        if (match.mate[at(i)] == crowded) {
            const Vec3 p = 1e3 * points[at(low_corner(sides_[i]))];
            throw Error(
                ExitCode::mesh_failed,
                "A face of cell {} near ({:.3f}, {:.3f}, {:.3f}) mm belongs to more than two cells: the "
                "mesh has cells that lie on each other.",
                side_cell_[at(i)], p.x, p.y, p.z);
        }
    return match;
}

FlowMesh MeshBuilder::build(const FlowPatch& rest) const {
    if (cells_ == 0) throw Error(ExitCode::mesh_failed, "The mesh has no volume cells.");
    const Match joined = match();
    const Index sides = sides_.count();
    FlowMesh mesh;
    mesh.points = points;
    mesh.cells = cells_;
    mesh.face_point.reserve(sides_.point.size() / 2);
    mesh.face_start.reserve(at(sides) / 2);
    mesh.owner.reserve(at(sides) / 2);
    const auto add = [&](Index side) {
        const auto polygon = sides_[side];
        mesh.face_point.insert(mesh.face_point.end(), polygon.begin(), polygon.end());
        mesh.face_start.push_back(static_cast<std::int32_t>(mesh.face_point.size()));
        mesh.owner.push_back(side_cell_[at(side)]);
    };
    mesh.patches = patches_;
    std::size_t rest_patch = 0;
    while (rest_patch < patches_.size() && patches_[rest_patch].name != rest.name) ++rest_patch;
    if (rest_patch == patches_.size()) mesh.patches.push_back(rest);
    std::vector<std::vector<std::pair<std::int32_t, Index>>> boundary(mesh.patches.size());  // name, side
    std::vector<std::pair<std::int32_t, Index>> inner;  // neighbour, side
    for (Index first = 0, last = 0; first < sides; first = last) {
        const std::int32_t cell = side_cell_[at(first)];
        inner.clear();
        for (last = first; last < sides && side_cell_[at(last)] == cell; ++last) {
            const std::int32_t mate = joined.mate[at(last)];
            if (mate >= 0) {
                const std::int32_t other = side_cell_[at(mate)];
                if (other > cell) inner.emplace_back(other, last);
            } else {
                const std::int32_t name = joined.name[at(last)];
                boundary[name < 0 ? rest_patch : at(named_patch_[at(name)])].emplace_back(name, last);
            }
        }
        std::sort(inner.begin(), inner.end());
        for (const auto& [other, side] : inner) {
            add(side);
            mesh.neighbour.push_back(other);
        }
    }
    for (std::size_t i = 0; i < boundary.size(); ++i) {
        mesh.patches[i].first_face = mesh.faces();
        mesh.patches[i].faces = static_cast<Index>(boundary[i].size());
        std::stable_sort(boundary[i].begin(), boundary[i].end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        for (const auto& [name, side] : boundary[i]) add(side);
    }
    std::erase_if(mesh.patches, [](const FlowPatch& patch) { return patch.faces == 0; });
    compute_geometry(mesh);
    return mesh;
}

}  // namespace ctffr
