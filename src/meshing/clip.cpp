// SPDX-License-Identifier: Apache-2.0
#include "meshing/clip.hpp"

#include <algorithm>
#include <array>

#include "ctffr/core/error.hpp"
#include "ctffr/core/index_map.hpp"
#include "meshing/blocks.hpp"
#include "meshing/loops.hpp"

namespace ctffr::meshing {

namespace {

using Ids = std::vector<std::int32_t>;

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

enum FaceKind : char { whole, gone, cut };

// A point where an edge leaves the inside: new, or the snapped end of the edge.
struct Crossing {
    std::int32_t inner = 0, outer = 0, point = 0;
};

// One cut face: its inside polygons with an inner point each, and the cuts across it. A polygon ends at
// crossing `leave` and begins at `enter`.
struct FaceCut {
    struct Link {
        std::int32_t leave, enter;
    };
    std::vector<Ids> polygons;
    Ids inner_point;  // per polygon
    std::vector<Link> links;
    std::vector<Ids> runs;  // points not outside, in pieces that hang together in this face
    bool joined = false;
};

class Clipper {
   public:
    Clipper(PolyMesh& mesh, std::vector<double>& value, Ids& code, const Run& run)
        : mesh_(mesh), value_(value), code_(code), exec_{run.profiler} {}

    void apply() {
        sort_faces();
        cut_edges();
        gather_faces();
        cut_cells();
        number_cells();
        emit();
    }

   private:
    struct CellPart {  // what a block of cut cells yields
        struct Lid {
            std::int32_t cell, component;
            Ids loop;
        };
        std::vector<Lid> lids;
        std::vector<std::pair<std::int32_t, std::int32_t>>
            component;           // (point, component) of cells with several
        Ids component_start{0};  // per cell of the block
        Ids pieces;              // kept components per cell
    };

    bool inside(std::int32_t p) const { return value_[at(p)] < 0; }
    bool outside(std::int32_t p) const { return value_[at(p)] > 0; }
    bool on_cut(const Ids& polygon) const {
        return std::all_of(polygon.begin(), polygon.end(),
                           [&](std::int32_t p) { return value_[at(p)] == 0; });
    }
    bool mixed(std::int32_t cell) const { return sides_[at(cell)] == 3; }

    void sort_faces();
    void cut_edges();
    void gather_faces();
    void cut_cells();
    void number_cells();
    void emit();
    void cut_face(std::int32_t face, FaceCut& out) const;
    void cut_cell(std::int32_t cell, CellPart& part, FaceCut& scratch) const;
    std::int32_t new_cell(std::int32_t cell, std::int32_t point) const;

    PolyMesh& mesh_;
    std::vector<double>& value_;
    Ids& code_;
    Cpu exec_;
    std::vector<FaceKind> kind_;
    std::vector<char> sides_;  // per cell: 1 has points inside, 2 outside, 3 both
    std::vector<Crossing> crossings_;
    Ids cut_index_, cut_start_{0}, cut_crossing_;  // crossings of each cut face, in the order of its edges
    Ids mixed_index_, mixed_cells_, face_start_, cell_face_;
    std::vector<CellPart> parts_;
    static constexpr Index cell_block = 512;
    Ids first_new_;  // per old cell: first new cell; its count is the difference to the next
};

void Clipper::sort_faces() {
    kind_.resize(at(mesh_.faces()));
    std::vector<char> sides(at(mesh_.faces()));
    parallel_for(exec_, "mesh clip sort", mesh_.faces(), [&](Index f) {
        const auto face = static_cast<std::size_t>(f);
        bool in = false, on = false, out = false;
        for (std::int32_t k = mesh_.start[face]; k < mesh_.start[face + 1]; ++k) {
            const double v = value_[at(mesh_.corner[at(k)])];
            (v < 0 ? in : v > 0 ? out : on) = true;
        }
        kind_[face] = !out ? whole : (in || on) ? cut : gone;
        sides[face] = static_cast<char>((in ? 1 : 0) | (out ? 2 : 0));
    });
    sides_.assign(at(mesh_.cells), 0);
    for (std::size_t f = 0; f < sides.size(); ++f) {
        sides_[at(mesh_.owner[f])] |= sides[f];
        if (mesh_.neighbour[f] >= 0) sides_[at(mesh_.neighbour[f])] |= sides[f];
    }
}

void Clipper::cut_edges() {
    cut_index_.assign(at(mesh_.faces()), -1);
    IndexMap crossing_of;
    for (std::int32_t f = 0; f < mesh_.faces(); ++f) {
        if (kind_[at(f)] != cut) continue;
        cut_index_[at(f)] = static_cast<std::int32_t>(cut_start_.size()) - 1;
        const std::int32_t first = mesh_.start[at(f)], last = mesh_.start[at(f) + 1];
        for (std::int32_t k = first; k < last; ++k) {
            const std::int32_t a = mesh_.corner[at(k)], b = mesh_.corner[at(k + 1 < last ? k + 1 : first)];
            if (outside(a) == outside(b)) continue;
            const std::uint64_t key =
                static_cast<std::uint64_t>(std::min(a, b)) << 32 | static_cast<std::uint64_t>(std::max(a, b));
            const auto next = static_cast<std::int32_t>(crossings_.size());
            const std::int32_t id = crossing_of.insert(key, next);
            if (id == next) {
                Crossing crossing{outside(a) ? b : a, outside(a) ? a : b, 0};
                const double vi = value_[at(crossing.inner)], vo = value_[at(crossing.outer)];
                crossing.point = crossing.inner;
                if (vi < 0) {
                    crossing.point = static_cast<std::int32_t>(mesh_.points.size());
                    mesh_.points.push_back(lerp(mesh_.points[at(crossing.inner)],
                                                mesh_.points[at(crossing.outer)], vi / (vi - vo)));
                    mesh_.size_mm.push_back(
                        std::min(mesh_.size_mm[at(crossing.inner)], mesh_.size_mm[at(crossing.outer)]));
                    value_.push_back(0);
                    code_.push_back(code_[at(crossing.outer)]);
                }
                crossings_.push_back(crossing);
            }
            cut_crossing_.push_back(id);
        }
        cut_start_.push_back(static_cast<std::int32_t>(cut_crossing_.size()));
    }
}

void Clipper::gather_faces() {
    mixed_index_.assign(at(mesh_.cells), -1);
    for (std::int32_t c = 0; c < mesh_.cells; ++c)
        if (mixed(c)) {
            mixed_index_[at(c)] = static_cast<std::int32_t>(mixed_cells_.size());
            mixed_cells_.push_back(c);
        }
    face_start_.assign(mixed_cells_.size() + 1, 0);
    const auto each = [&](auto&& body) {
        for (std::int32_t f = 0; f < mesh_.faces(); ++f) {
            if (kind_[at(f)] == gone) continue;
            for (std::int32_t c : {mesh_.owner[at(f)], mesh_.neighbour[at(f)]})
                if (c >= 0 && mixed_index_[at(c)] >= 0) body(mixed_index_[at(c)], f);
        }
    };
    each([&](std::int32_t m, std::int32_t) { ++face_start_[at(m) + 1]; });
    for (std::size_t m = 1; m < face_start_.size(); ++m) face_start_[m] += face_start_[m - 1];
    cell_face_.resize(at(face_start_.back()));
    Ids fill(face_start_.begin(), face_start_.end() - 1);
    each([&](std::int32_t m, std::int32_t f) { cell_face_[at(fill[at(m)]++)] = f; });
}

void Clipper::cut_face(std::int32_t face, FaceCut& out) const {
    out.polygons.clear(), out.inner_point.clear(), out.links.clear(), out.runs.clear();
    const std::int32_t first = mesh_.start[at(face)], n = mesh_.start[at(face) + 1] - first;
    const auto p = [&](std::int32_t k) { return mesh_.corner[at(first + (k >= n ? k - n : k))]; };
    const std::int32_t* next_crossing = &cut_crossing_[at(cut_start_[at(cut_index_[at(face)])])];
    // Crossing of each edge that has one; the runs of points between them.
    Ids crossing(at(n), -1);
    std::int32_t begin = -1;
    double mean = 0;
    for (std::int32_t k = 0; k < n; ++k) {
        mean += std::clamp(value_[at(p(k))], -10.0, 10.0);
        if (outside(p(k)) == outside(p(k + 1))) continue;
        crossing[at(k)] = *next_crossing++;
        if (begin < 0 && outside(p(k))) begin = k + 1;
    }
    Ids enter, leave;
    bool all_deep = true;
    for (std::int32_t k = begin; k < begin + n; ++k) {
        if (outside(p(k))) continue;
        if (outside(p(k - 1 + (k == 0 ? n : 0)))) {
            out.runs.emplace_back();
            enter.push_back(crossing[at(k == 0 ? n - 1 : (k - 1) % n)]);
        }
        out.runs.back().push_back(p(k));
        if (outside(p(k + 1 < 2 * n ? k + 1 : k + 1 - n))) {
            leave.push_back(crossing[at(k % n)]);
            const Ids& run = out.runs.back();
            all_deep = all_deep && std::any_of(run.begin(), run.end(), [&](auto v) { return inside(v); });
        }
    }
    // Several runs: they hang together when the middle of the face is inside.
    const std::size_t runs = out.runs.size();
    out.joined = runs > 1 && all_deep && mean < 0;
    Ids loop;
    for (std::size_t r = 0; r < runs; ++r) {
        loop.push_back(crossings_[at(enter[r])].point);
        loop.insert(loop.end(), out.runs[r].begin(), out.runs[r].end());
        loop.push_back(crossings_[at(leave[r])].point);
        out.links.push_back({leave[r], enter[out.joined ? (r + 1) % runs : r]});
        if (out.joined && r + 1 < runs) continue;
        drop_repeats(loop);
        if (loop.size() >= 3) {
            out.polygons.push_back(loop);
            out.inner_point.push_back(out.runs[r][0]);
        }
        loop.clear();
    }
}

void Clipper::cut_cell(std::int32_t cell, CellPart& part, FaceCut& scratch) const {
    const std::int32_t m = mixed_index_[at(cell)];
    Ids points;
    for (std::int32_t k = face_start_[at(m)]; k < face_start_[at(m) + 1]; ++k) {
        const std::int32_t f = cell_face_[at(k)];
        for (std::int32_t j = mesh_.start[at(f)]; j < mesh_.start[at(f) + 1]; ++j)
            if (!outside(mesh_.corner[at(j)])) points.push_back(mesh_.corner[at(j)]);
    }
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    const auto local = [&](std::int32_t p) {
        return static_cast<std::int32_t>(std::lower_bound(points.begin(), points.end(), p) - points.begin());
    };
    Ids root(points.size());
    for (std::size_t i = 0; i < root.size(); ++i) root[i] = static_cast<std::int32_t>(i);
    const auto find = [&](std::int32_t i) {
        while (root[at(i)] != i) i = root[at(i)];
        return i;
    };
    const auto join = [&](std::int32_t a, std::int32_t b) {
        const std::int32_t ra = find(local(a)), rb = find(local(b));
        root[at(std::max(ra, rb))] = std::min(ra, rb);
    };
    std::vector<FaceCut::Link> links;
    for (std::int32_t k = face_start_[at(m)]; k < face_start_[at(m) + 1]; ++k) {
        const std::int32_t f = cell_face_[at(k)];
        if (kind_[at(f)] == whole) {
            const std::int32_t s = mesh_.start[at(f)];
            for (std::int32_t j = s + 1; j < mesh_.start[at(f) + 1]; ++j)
                join(mesh_.corner[at(s)], mesh_.corner[at(j)]);
            continue;
        }
        cut_face(f, scratch);
        for (const Ids& run : scratch.runs)
            for (std::int32_t p : run) join(run[0], p);
        if (scratch.joined)
            for (const Ids& run : scratch.runs) join(scratch.runs[0][0], run[0]);
        // The lid runs along the cut the other way than the face does.
        for (const FaceCut::Link& link : scratch.links)
            links.push_back(mesh_.owner[at(f)] == cell ? FaceCut::Link{link.enter, link.leave}
                                                       : FaceCut::Link{link.leave, link.enter});
    }
    // Components with a point inside become cells, in the order of their lowest point.
    Ids component(points.size(), -1);
    std::int32_t kept = 0, roots = 0;
    std::vector<char> deep(points.size(), 0);
    for (std::size_t i = 0; i < points.size(); ++i)
        if (inside(points[i])) deep[at(find(static_cast<std::int32_t>(i)))] = 1;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const std::int32_t r = find(static_cast<std::int32_t>(i));
        if (r == static_cast<std::int32_t>(i)) ++roots, component[i] = deep[i] ? kept++ : -1;
        component[i] = component[at(r)];
    }
    part.pieces.push_back(kept);
    if (roots > 1)
        for (std::size_t i = 0; i < points.size(); ++i) part.component.emplace_back(points[i], component[i]);
    part.component_start.push_back(static_cast<std::int32_t>(part.component.size()));
    // Lids: chains of cuts, closed because each crossing lies on two faces of the cell.
    std::sort(links.begin(), links.end(), [](auto a, auto b) { return a.leave < b.leave; });
    std::vector<char> used(links.size(), 0);
    for (std::size_t i = 0; i < links.size(); ++i) {
        if (used[i]) continue;
        Ids loop;
        const std::int32_t piece = component[at(local(crossings_[at(links[i].leave)].inner))];
        for (std::size_t j = i; !used[j];) {
            used[j] = 1;
            loop.push_back(crossings_[at(links[j].leave)].point);
            const auto next = std::lower_bound(links.begin(), links.end(), links[j].enter,
                                               [](auto a, std::int32_t b) { return a.leave < b; });
            CTFFR_CHECK(next != links.end() && next->leave == links[j].enter);
            j = static_cast<std::size_t>(next - links.begin());
        }
        if (piece < 0) continue;
        std::vector<Ids> simple;
        split_pinched(std::move(loop), simple);
        for (Ids& polygon : simple) part.lids.push_back({cell, piece, std::move(polygon)});
    }
}

void Clipper::cut_cells() {
    parts_ = in_blocks<CellPart>(exec_, "mesh clip cells", static_cast<Index>(mixed_cells_.size()),
                                 cell_block, [&](Index first, Index last, CellPart& part) {
                                     FaceCut scratch;
                                     for (Index m = first; m < last; ++m)
                                         cut_cell(mixed_cells_[static_cast<std::size_t>(m)], part, scratch);
                                 });
}

void Clipper::number_cells() {
    first_new_.assign(at(mesh_.cells) + 1, 0);
    for (std::int32_t c = 0; c < mesh_.cells; ++c) {
        std::int32_t count = sides_[at(c)] == 1 ? 1 : 0;
        if (const std::int32_t m = mixed_index_[at(c)]; m >= 0)
            count = parts_[at(m) / cell_block].pieces[at(m) % cell_block];
        first_new_[at(c) + 1] = first_new_[at(c)] + count;
    }
}

// The new cell of an old cell's piece that holds `point` (not outside); -1: none.
std::int32_t Clipper::new_cell(std::int32_t cell, std::int32_t point) const {
    const std::int32_t first = first_new_[at(cell)], count = first_new_[at(cell) + 1] - first;
    if (count == 0) return -1;
    const std::int32_t m = mixed_index_[at(cell)];
    if (m < 0) return first;
    const CellPart& part = parts_[at(m) / cell_block];
    const std::size_t k = at(m) % cell_block;
    const auto from = part.component.begin() + part.component_start[k];
    const auto to = part.component.begin() + part.component_start[k + 1];
    if (from == to) return first;
    const auto found = std::lower_bound(from, to, std::pair{point, std::int32_t{-2}});
    CTFFR_CHECK(found != to && found->first == point);
    return found->second < 0 ? -1 : first + found->second;
}

void Clipper::emit() {
    const auto body = [&](Index first, Index last, PolyMesh& part) {
        FaceCut scratch;
        const auto add = [&](const Ids& polygon, std::int32_t point, std::int32_t f) {
            const std::int32_t a = new_cell(mesh_.owner[at(f)], point);
            const std::int32_t old = mesh_.neighbour[at(f)];
            const std::int32_t b = old >= 0 ? new_cell(old, point) : -1;
            if (a < 0 && b < 0) return;
            // A face whose other side is gone consists of points on the cut: it becomes a part of the cut. So
            // does a boundary face all of whose points have been snapped onto the cut.
            if (old < 0)
                part.add_face(polygon, a, on_cut(polygon) ? code_[at(polygon[0])] : old);
            else if (a >= 0)
                part.add_face(polygon, a, b >= 0 ? b : code_[at(polygon[0])]);
            else
                part.add_face({polygon.rbegin(), polygon.rend()}, b, code_[at(polygon[0])]);
        };
        for (Index i = first; i < last; ++i) {
            const auto f = static_cast<std::int32_t>(i);
            if (kind_[at(f)] == gone) continue;
            if (kind_[at(f)] == whole) {
                const Ids polygon(mesh_.corner.begin() + mesh_.start[at(f)],
                                  mesh_.corner.begin() + mesh_.start[at(f) + 1]);
                add(polygon, polygon[0], f);
                continue;
            }
            if (!mixed(mesh_.owner[at(f)]) && (mesh_.neighbour[at(f)] < 0 || !mixed(mesh_.neighbour[at(f)])))
                continue;
            cut_face(f, scratch);
            for (std::size_t k = 0; k < scratch.polygons.size(); ++k)
                add(scratch.polygons[k], scratch.inner_point[k], f);
        }
    };
    PolyMesh out;
    for (const PolyMesh& part : in_blocks<PolyMesh>(exec_, "mesh clip faces", mesh_.faces(), 8192, body))
        out.append_faces(part);
    for (const CellPart& part : parts_)
        for (const CellPart::Lid& lid : part.lids)
            out.add_face(lid.loop, first_new_[at(lid.cell)] + lid.component, code_[at(lid.loop[0])]);
    out.cells = first_new_.back();
    out.points = std::move(mesh_.points), out.size_mm = std::move(mesh_.size_mm);
    mesh_ = std::move(out);
}

}  // namespace

void clip(PolyMesh& mesh, std::vector<double>& value, std::vector<std::int32_t>& code_of_point,
          const Run& run) {
    Clipper(mesh, value, code_of_point, run).apply();
}

}  // namespace ctffr::meshing
