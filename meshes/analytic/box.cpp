// SPDX-License-Identifier: Apache-2.0
#include "meshes/analytic/box.hpp"

#include <array>
#include <cmath>

#include "ctffr/core/random.hpp"
#include "ctffr/data/mesh_builder.hpp"

namespace ctffr {

namespace {

// The lattice of half cells: cell (i, j, k) has its corners at even places.
class Lattice {
   public:
    Lattice(Int3 n, const std::function<bool(Vec3)>& refined) : n_(n) {
        split_.resize(static_cast<std::size_t>(n.count()));
        for (int k = 0; k < n.z; ++k)
            for (int j = 0; j < n.y; ++j)
                for (int i = 0; i < n.x; ++i)
                    split_[cell(i, j, k)] =
                        refined && refined({(i + 0.5) / n.x, (j + 0.5) / n.y, (k + 0.5) / n.z});
        number_.assign(static_cast<std::size_t>(Int3{2 * n.x + 1, 2 * n.y + 1, 2 * n.z + 1}.count()), -1);
        std::vector<char> used(number_.size(), 0);
        for (int k = 0; k < n.z; ++k)
            for (int j = 0; j < n.y; ++j)
                for (int i = 0; i < n.x; ++i) {
                    const int step = split_[cell(i, j, k)] ? 1 : 2;
                    for (int c = 0; c <= 2; c += step)
                        for (int b = 0; b <= 2; b += step)
                            for (int a = 0; a <= 2; a += step)
                                used[place({2 * i + a, 2 * j + b, 2 * k + c})] = 1;
                }
        std::int32_t next = 0;
        for (std::size_t p = 0; p < used.size(); ++p)
            if (used[p]) number_[p] = next++;
    }

    Int3 cells() const { return n_; }
    bool split(Int3 c) const {
        return c.x >= 0 && c.y >= 0 && c.z >= 0 && c.x < n_.x && c.y < n_.y && c.z < n_.z &&
               split_[cell(c.x, c.y, c.z)];
    }
    // The number of the point at a place, -1 where there is none.
    std::int32_t point(Int3 p) const { return number_[place(p)]; }

   private:
    std::size_t cell(int i, int j, int k) const {
        return static_cast<std::size_t>(i + Index{n_.x} * (j + Index{n_.y} * k));
    }
    std::size_t place(Int3 p) const {
        return static_cast<std::size_t>(p.x + Index{2 * n_.x + 1} * (p.y + Index{2 * n_.y + 1} * p.z));
    }
    Int3 n_;
    std::vector<char> split_;
    std::vector<std::int32_t> number_;
};

Int3 along(Int3 p, int axis, int step) {
    return {p.x + (axis == 0) * step, p.y + (axis == 1) * step, p.z + (axis == 2) * step};
}

// The square of edge `size` at `p` across `axis`, with the hanging points on its edges, counter-clockwise
// about +axis or, when `flipped`, about -axis.
std::vector<std::int32_t> square(const Lattice& lattice, Int3 p, int axis, int size, bool flipped) {
    const int u = (axis + 1) % 3, v = (axis + 2) % 3;
    std::vector<std::int32_t> polygon;
    const int step = size == 2 ? 1 : size;
    const auto walk = [&](Int3 from, int direction, int sign) {
        for (int s = 0; s < size; s += step)
            if (const std::int32_t q = lattice.point(along(from, direction, sign * s)); q >= 0)
                polygon.push_back(q);
    };
    walk(p, u, 1);
    walk(along(p, u, size), v, 1);
    walk(along(along(p, u, size), v, size), u, -1);
    walk(along(p, v, size), v, -1);
    if (flipped) std::reverse(polygon.begin() + 1, polygon.end());
    return polygon;
}

void add_points(const Lattice& lattice, const Box& box, std::vector<Vec3>& points) {
    const Int3 n = lattice.cells();
    const Vec3 spacing{(box.high.x - box.low.x) / n.x, (box.high.y - box.low.y) / n.y,
                       (box.high.z - box.low.z) / n.z};
    for (int k = 0; k <= 2 * n.z; ++k)
        for (int j = 0; j <= 2 * n.y; ++j)
            for (int i = 0; i <= 2 * n.x; ++i) {
                const std::int32_t number = lattice.point({i, j, k});
                if (number < 0) continue;
                Vec3 p;
                const int place[3] = {i, j, k};
                // Next to a split cell the spacing is half.
                bool fine = false;
                for (int c = 0; c < 8; ++c)
                    fine = fine ||
                           lattice.split({(i - (c & 1)) / 2, (j - (c >> 1 & 1)) / 2, (k - (c >> 2)) / 2});
                for (int a = 0; a < 3; ++a) {
                    p[a] = place[a] == 2 * n[a] ? box.high[a] : box.low[a] + 0.5 * place[a] * spacing[a];
                    if (place[a] == 0 || place[a] == 2 * n[a]) continue;
                    const Philox4 r =
                        philox(box.seed, static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(number));
                    p[a] += box.distortion * (fine ? 0.5 : 1.0) * spacing[a] *
                            (2 * uniform_from_bits(r.v[0], r.v[1]) - 1);
                }
                points.push_back(p);
            }
}

}  // namespace

FlowMesh polyhedral_box_mesh(int nx, int ny, int nz, const std::function<bool(Vec3)>& refined,
                             const Box& box) {
    const Int3 n{nx, ny, nz};
    const Lattice lattice(n, refined);
    MeshBuilder builder;
    add_points(lattice, box, builder.points);
    for (const char* name : {"xmin", "xmax", "ymin", "ymax", "zmin", "zmax"})
        builder.add_patch(name, FlowPatch::Kind::wall);
    // The sides of a cube of edge `size` half cells; sides towards a finer neighbour are four squares.
    const auto add_cell = [&](Int3 p, int size) {
        builder.begin_cell();
        for (int axis = 0; axis < 3; ++axis)
            for (int high = 0; high < 2; ++high) {
                const Int3 at = along(p, axis, high * size);
                const Int3 beyond = along({p.x / 2, p.y / 2, p.z / 2}, axis, high ? 1 : -1);
                const int piece = size == 2 && lattice.split(beyond) ? 1 : size;
                const int u = (axis + 1) % 3, v = (axis + 2) % 3;
                const bool outside = at[axis] == 0 || at[axis] == 2 * n[axis];
                for (int b = 0; b < size; b += piece)
                    for (int a = 0; a < size; a += piece) {
                        const auto polygon =
                            square(lattice, along(along(at, u, a), v, b), axis, piece, high == 0);
                        builder.add_outward_face(polygon);
                        if (outside) builder.name_boundary(2 * axis + high, polygon);
                    }
            }
    };
    for (int k = 0; k < nz; ++k)
        for (int j = 0; j < ny; ++j)
            for (int i = 0; i < nx; ++i) {
                const Int3 p{2 * i, 2 * j, 2 * k};
                if (!lattice.split({i, j, k})) {
                    add_cell(p, 2);
                    continue;
                }
                for (int c = 0; c < 8; ++c) add_cell({p.x + (c & 1), p.y + (c >> 1 & 1), p.z + (c >> 2)}, 1);
            }
    return builder.build();
}

FlowMesh polyhedral_box_mesh(int nx, int ny, int nz, const Box& box) {
    return polyhedral_box_mesh(
        nx, ny, nz,
        [](Vec3 u) {
            return distance(u, {0.5, 0.5, 0.5}) < 0.3;
        },
        box);
}

FlowMesh box_mesh(int nx, int ny, int nz, const Box& box) {
    return polyhedral_box_mesh(nx, ny, nz, nullptr, box);
}

FlowMesh cavity_mesh(int n, double side_m) {
    FlowMesh mesh = box_mesh(n, n, 1, {{0, 0, 0}, {side_m, side_m, side_m / n}});
    // Patch order xmin xmax ymin | ymax | zmin zmax: the three resting walls are one patch.
    std::vector<FlowPatch> patches{mesh.patches[0]};
    patches[0].name = "wall";
    patches[0].faces += mesh.patches[1].faces + mesh.patches[2].faces;
    patches.push_back(mesh.patches[3]);
    patches[1].name = "lid";
    for (std::size_t side : {4u, 5u}) {
        patches.push_back(mesh.patches[side]);
        patches.back().name = side == 4 ? "back" : "front";
        patches.back().kind = FlowPatch::Kind::symmetry;
    }
    mesh.patches = patches;
    return mesh;
}

}  // namespace ctffr
