// SPDX-License-Identifier: Apache-2.0
#include "flow/fv_mesh.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <Eigen/Dense>

#include "ctffr/core/error.hpp"
#include "ctffr/parallel/parallel.hpp"

namespace ctffr {

namespace {

using kernels::FvPatchKind;

std::size_t at(Index i) { return static_cast<std::size_t>(i); }

void store(float* to, Vec3 v) {
    to[0] = static_cast<float>(v.x), to[1] = static_cast<float>(v.y), to[2] = static_cast<float>(v.z);
}

// Connectivity by rows: for each cell its neighbours in the order of their number, then its pressure patches.
void build_rows(const FlowMesh& mesh, FvTables& t) {
    std::vector<std::int32_t>& start = t.row_start;
    start.assign(at(t.rows) + 1, 0);
    const Index internal = mesh.internal_faces();
    for (Index f = 0; f < internal; ++f) {
        ++start[at(mesh.owner[at(f)]) + 1];
        ++start[at(mesh.neighbour[at(f)]) + 1];
    }
    for (std::size_t b = 0; b < t.boundary.size(); ++b) {
        const std::int32_t row = t.patch_row[at(t.boundary[b].patch)];
        if (row < 0) continue;
        ++start[at(t.boundary[b].cell) + 1];
        ++start[at(row) + 1];
    }
    for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
    t.column.resize(at(start.back()));
    t.side.resize(t.column.size());
    std::vector<std::int32_t> fill(start.begin(), start.end() - 1);
    const auto put = [&](Index row, std::int32_t column, std::int32_t side) {
        const std::size_t k = at(fill[at(row)]++);
        t.column[k] = column, t.side[k] = side;
    };
    for (Index f = 0; f < internal; ++f) {
        const std::int32_t p = mesh.owner[at(f)], n = mesh.neighbour[at(f)],
                           side = static_cast<std::int32_t>(2 * f);
        put(p, n, side);
        put(n, p, side + 1);
    }
    for (std::size_t b = 0; b < t.boundary.size(); ++b) {
        const std::int32_t row = t.patch_row[at(t.boundary[b].patch)],
                           side = -1 - static_cast<std::int32_t>(b);
        if (row < 0) continue;
        put(t.boundary[b].cell, row, side);
        put(row, t.boundary[b].cell, side);
    }
    parallel_for(Cpu{}, "sort rows", t.rows, [&](Index i) {
        const auto first = at(start[at(i)]), last = at(start[at(i) + 1]);
        for (std::size_t k = first + 1; k < last; ++k)  // insertion sort: rows are short, patch rows sorted
            for (std::size_t j = k;
                 j > first && (t.column[j - 1] > t.column[j] ||
                               (t.column[j - 1] == t.column[j] && t.side[j - 1] > t.side[j]));
                 --j) {
                std::swap(t.column[j - 1], t.column[j]);
                std::swap(t.side[j - 1], t.side[j]);
            }
    });
}

// Inverse of a symmetric 3x3 matrix in the directions that its samples span: a mesh of one layer of cells
// says nothing about the third.
Eigen::Matrix3d spanned_inverse(const Eigen::Matrix3d& m) {
    // The smallest eigenvalue over the largest is at least 4 det / trace^3.
    const double trace = m.trace(), det = m.determinant();
    if (4 * det > 2e-2 * trace * trace * trace) return m.inverse();
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(m);
    Eigen::Vector3d inverse = Eigen::Vector3d::Zero();
    for (int i = 0; i < 3; ++i)
        if (solver.eigenvalues()[i] > 2e-2 * solver.eigenvalues()[2])
            inverse[i] = 1 / solver.eigenvalues()[i];
    return solver.eigenvectors() * inverse.asDiagonal() * solver.eigenvectors().transpose();
}

// How a face sees its two cells, from the vectors between their centres and its own.
kernels::FvFace make_face(Vec3 area, Vec3 from_owner, Vec3 from_neighbour) {
    kernels::FvFace face;
    const double a = dot(area, from_owner), b = -dot(area, from_neighbour);
    // Beyond the cell centres the interpolation would extrapolate: bad faces are taken nearer to the middle.
    const double weight = std::clamp(a + b > 0 ? b / (a + b) : 0.5, 0.05, 0.95);
    const Vec3 d = from_owner - from_neighbour;
    store(face.area, area);
    store(face.d, d);
    store(face.skew, from_owner - (1 - weight) * d);
    face.owner_weight = static_cast<float>(weight);
    // Faces that d hardly crosses, or crosses the wrong way, count as if at 78 degrees to it.
    face.geo = static_cast<float>(dot(area, area) / std::max(a + b, 0.2 * norm(area) * norm(d)));
    return face;
}

// Least-squares gradient vectors with weights 1/|d|^3, which make the one-dimensional three-point derivative
// exact for quadratics on uneven spacing (the slope over a distance d then counts as 1/d).
void build_gradients(FvTables& t) {
    t.gradient_u.resize(3 * t.column.size());
    t.gradient_p.resize(3 * t.column.size());
    for (std::size_t k = 3 * at(t.row_start[at(t.cells)]); k < t.gradient_u.size(); ++k)  // rows of patches
        t.gradient_u[k] = t.gradient_p[k] = 0;
    t.boundary_gradient_u.assign(3 * t.boundary.size(), 0.0f);
    parallel_for(Cpu{}, "gradient vectors", t.cells, [&](Index i) {
        const auto first = at(t.row_start[at(i)]), last = at(t.row_start[at(i) + 1]);
        const auto offset_of = [&](std::size_t k) {
            const std::int32_t side = t.side[k];
            if (side < 0) {
                const float* d = t.boundary[at(-1 - side)].from_owner;
                return Eigen::Vector3d(static_cast<double>(d[0]), static_cast<double>(d[1]),
                                       static_cast<double>(d[2]));
            }
            const kernels::FvFace& face = t.face[at(side >> 1)];
            const Eigen::Vector3d d(static_cast<double>(face.d[0]), static_cast<double>(face.d[1]),
                                    static_cast<double>(face.d[2]));
            return Eigen::Vector3d(side & 1 ? -d : d);
        };
        const auto weight = [](const Eigen::Vector3d& d) { return 1 / (d.squaredNorm() * d.norm()); };
        const auto takes_velocity = [&](std::int32_t b) {
            return t.patch_kind[at(t.boundary[at(b)].patch)] != FvPatchKind::pressure;
        };
        const auto boundary_offset = [&](std::int32_t b) {
            const float* d = t.boundary[at(b)].from_owner;
            return Eigen::Vector3d(static_cast<double>(d[0]), static_cast<double>(d[1]),
                                   static_cast<double>(d[2]));
        };
        Eigen::Matrix3d velocity = Eigen::Matrix3d::Zero(), pressure = Eigen::Matrix3d::Zero();
        for (std::size_t k = first; k < last; ++k) {
            const Eigen::Vector3d d = offset_of(k);
            const Eigen::Matrix3d term = weight(d) * d * d.transpose();
            pressure += term;
            if (t.side[k] >= 0) velocity += term;
        }
        for (std::int32_t r = t.boundary_start[at(i)]; r < t.boundary_start[at(i) + 1]; ++r) {
            const std::int32_t b = t.boundary_list[at(r)];
            if (!takes_velocity(b)) continue;
            const Eigen::Vector3d d = boundary_offset(b);
            velocity += weight(d) * d * d.transpose();
        }
        const bool alike = velocity == pressure;
        const Eigen::Matrix3d inverse_u = spanned_inverse(velocity),
                              inverse_p = alike ? inverse_u : spanned_inverse(pressure);
        const auto put = [](float* to, const Eigen::Vector3d& v) {
            for (int c = 0; c < 3; ++c) to[c] = static_cast<float>(v[c]);
        };
        for (std::size_t k = first; k < last; ++k) {
            const Eigen::Vector3d d = offset_of(k);
            put(&t.gradient_p[3 * k], inverse_p * (weight(d) * d));
            put(&t.gradient_u[3 * k],
                t.side[k] >= 0 ? Eigen::Vector3d(inverse_u * (weight(d) * d)) : Eigen::Vector3d::Zero());
        }
        for (std::int32_t r = t.boundary_start[at(i)]; r < t.boundary_start[at(i) + 1]; ++r) {
            const std::int32_t b = t.boundary_list[at(r)];
            if (!takes_velocity(b)) continue;
            const Eigen::Vector3d d = boundary_offset(b);
            put(&t.boundary_gradient_u[3 * at(b)], inverse_u * (weight(d) * d));
        }
    });
}

}  // namespace

FvTables::FvTables(const FlowMesh& mesh, const std::vector<FlowCondition>& conditions) {
    if (conditions.size() != mesh.patches.size())
        throw Error(ExitCode::mesh_failed, "{} boundary conditions were given for {} patches.",
                    conditions.size(), mesh.patches.size());
    cells = rows = mesh.cells;
    const Index internal = mesh.internal_faces(), outside = mesh.faces() - internal;
    owner.assign(mesh.owner.begin(), mesh.owner.begin() + internal);
    neighbour = mesh.neighbour;
    face.resize(at(internal));
    parallel_for(Cpu{}, "face geometry", internal, [&](Index f) {
        face[at(f)] = make_face(mesh.face_area[at(f)],
                                mesh.face_centre[at(f)] - mesh.cell_centre[at(mesh.owner[at(f)])],
                                mesh.face_centre[at(f)] - mesh.cell_centre[at(mesh.neighbour[at(f)])]);
    });
    volume.assign(mesh.cell_volume.begin(), mesh.cell_volume.end());
    boundary.resize(at(outside));
    boundary_velocity.assign(3 * boundary.size(), 0.0f);
    patch_area.assign(mesh.patches.size(), 0);
    patch_normal.assign(mesh.patches.size(), {});
    patch_row.assign(mesh.patches.size(), -1);
    for (std::size_t q = 0; q < mesh.patches.size(); ++q) {
        const FlowPatch& patch = mesh.patches[q];
        const FlowCondition& condition = conditions[q];
        patch_kind.push_back(condition.kind);
        if (condition.kind == FvPatchKind::pressure) {
            patch_row[q] = static_cast<std::int32_t>(rows++);
            pressure_patch.push_back(static_cast<std::int32_t>(q));
        }
        if (!condition.velocity.empty() && static_cast<Index>(condition.velocity.size()) != 3 * patch.faces)
            throw Error(ExitCode::mesh_failed, "Patch '{}' has {} faces but {} velocities were given.",
                        patch.name, patch.faces, condition.velocity.size() / 3);
        if (!condition.leak_conductance.empty()) {
            if (static_cast<Index>(condition.leak_conductance.size()) != patch.faces)
                throw Error(ExitCode::mesh_failed, "Patch '{}' has {} faces but {} conductances were given.",
                            patch.name, patch.faces, condition.leak_conductance.size());
            leak_conductance.resize(boundary.size(), 0.0f);
            leak_pressure.resize(boundary.size(), 0.0f);
            std::copy(condition.leak_conductance.begin(), condition.leak_conductance.end(),
                      leak_conductance.begin() + (patch.first_face - internal));
            std::fill_n(leak_pressure.begin() + (patch.first_face - internal), patch.faces,
                        static_cast<float>(condition.leak_pressure));
        }
        for (Index n = 0; n < patch.faces; ++n) {
            const Index f = patch.first_face + n;
            kernels::FvBoundaryFace& b = boundary[at(f - internal)];
            store(b.area, mesh.face_area[at(f)]);
            store(b.from_owner, mesh.face_centre[at(f)] - mesh.cell_centre[at(mesh.owner[at(f)])]);
            b.cell = mesh.owner[at(f)], b.patch = static_cast<std::int32_t>(q);
            patch_area[q] += norm(mesh.face_area[at(f)]);
            patch_normal[q] += mesh.face_area[at(f)];
            if (!condition.velocity.empty())
                std::copy_n(&condition.velocity[3 * at(n)], 3, &boundary_velocity[3 * at(f - internal)]);
        }
        patch_normal[q] = normalized(patch_normal[q]);
        patch_first.push_back(patch.first_face - internal);
    }
    patch_first.push_back(outside);
    boundary_start.assign(at(cells) + 1, 0);
    for (const auto& b : boundary) ++boundary_start[at(b.cell) + 1];
    for (std::size_t i = 1; i < boundary_start.size(); ++i) boundary_start[i] += boundary_start[i - 1];
    boundary_list.resize(boundary.size());
    std::vector<std::int32_t> fill(boundary_start.begin(), boundary_start.end() - 1);
    for (std::size_t b = 0; b < boundary.size(); ++b)
        boundary_list[at(fill[at(boundary[b].cell)]++)] = static_cast<std::int32_t>(b);
    build_rows(mesh, *this);
    build_gradients(*this);
}

void FvTables::drop_uploaded() {
    face = {};
    side = {};
    owner = neighbour = {};
    gradient_u = gradient_p = {};
    boundary_gradient_u = {};
}

template <class Exec>
FvMesh<Exec>::FvMesh(const Exec& exec, const FvTables& t, std::vector<float> viscosity, double density)
    : cells_(t.cells),
      rows_(t.rows),
      density_(static_cast<float>(density)),
      row_start_(exec, t.row_start),
      column_(exec, t.column),
      side_(exec, t.side),
      owner_(exec, t.owner),
      neighbour_(exec, t.neighbour),
      boundary_start_(exec, t.boundary_start),
      boundary_list_(exec, t.boundary_list),
      patch_row_(exec, t.patch_row),
      face_(exec, t.face),
      boundary_(exec, t.boundary),
      patch_kind_(exec, t.patch_kind),
      volume_(exec, t.volume),
      gradient_u_(exec, t.gradient_u),
      gradient_p_(exec, t.gradient_p),
      boundary_gradient_u_(exec, t.boundary_gradient_u),
      boundary_velocity_(exec, t.boundary_velocity),
      viscosity_(exec, viscosity) {}

template <class Exec>
kernels::FvMeshView FvMesh<Exec>::view() const {
    kernels::FvMeshView v;
    v.cells = cells_, v.rows = rows_;
    v.row_start = row_start_.view(), v.column = column_.view(), v.side = side_.view();
    v.owner = owner_.view(), v.neighbour = neighbour_.view();
    v.face = face_.view(), v.volume = volume_.view();
    v.boundary_start = boundary_start_.view(), v.boundary_list = boundary_list_.view();
    v.boundary = boundary_.view();
    v.patch_kind = patch_kind_.view(), v.patch_row = patch_row_.view();
    v.gradient_u = gradient_u_.view(), v.gradient_p = gradient_p_.view();
    v.boundary_gradient_u = boundary_gradient_u_.view();
    v.boundary_velocity = boundary_velocity_.view();
    v.viscosity = viscosity_.view();
    v.density = density_;
    return v;
}

template class FvMesh<Cpu>;
#if defined(CTFFR_HAVE_CUDA)
template class FvMesh<Cuda>;
#endif

}  // namespace ctffr
