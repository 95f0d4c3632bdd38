// SPDX-License-Identifier: Apache-2.0
// Reading centerlines: our own files as they were, any other polylines as a graph that is rooted and cut into
// branches.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include <vtkCellData.h>
#include <vtkFieldData.h>
#include <vtkPointData.h>
#include <vtkStringArray.h>

#include "ctffr/core/error.hpp"
#include "ctffr/io/surface.hpp"
#include "io/vtk_polydata.hpp"

namespace ctffr {

namespace {

vtkDataArray* radius_array(vtkPolyData* data, const std::filesystem::path& path) {
    for (const char* name : {"radius_mm", "MaximumInscribedSphereRadius", "Radius", "radius"})
        if (vtkDataArray* array = data->GetPointData()->GetArray(name)) return array;
    throw Error(ExitCode::input_unreadable,
                "The centerlines {} have no point array 'radius_mm' (or 'MaximumInscribedSphereRadius', "
                "'Radius'): add "
                "the lumen radius in mm.",
                path.string());
}

// The polylines of a file: point ids of each line.
std::vector<std::vector<vtkIdType>> lines_of(vtkPolyData* data, const std::filesystem::path& path) {
    std::vector<std::vector<vtkIdType>> lines;
    for (vtkIdType cell = 0; cell < data->GetNumberOfCells(); ++cell) {
        vtkIdType count = 0;
        const vtkIdType* ids = nullptr;
        data->GetCellPoints(cell, count, ids);
        if (count >= 2) lines.emplace_back(ids, ids + count);
    }
    if (lines.empty())
        throw Error(ExitCode::input_unreadable, "The centerlines {} hold no polyline.", path.string());
    return lines;
}

CenterlinePoint point_at(vtkPolyData* data, vtkDataArray* radius, vtkIdType id,
                         const std::filesystem::path& path) {
    double p[3];
    data->GetPoint(id, p);
    CenterlinePoint point;
    point.position_lps_mm = {p[0], p[1], p[2]};
    point.radius_mm = radius->GetTuple1(id);
    if (!std::isfinite(norm(point.position_lps_mm)) || !std::isfinite(point.radius_mm) ||
        point.radius_mm <= 0)
        throw Error(
            ExitCode::input_not_finite,
            "Point {} of the centerlines {} has a position or radius that is not a finite, positive number.",
            id, path.string());
    return point;
}

void append_point(Branch& branch, const CenterlinePoint& point) {
    if (branch.points.empty() || distance(branch.points.back().position_lps_mm, point.position_lps_mm) > 1e-9)
        branch.points.push_back(point);
}

Dominance dominance_of(vtkPolyData* data) {
    const auto* names = vtkStringArray::SafeDownCast(data->GetFieldData()->GetAbstractArray("dominance"));
    if (names && names->GetNumberOfValues() > 0)
        return dominance_from_name(const_cast<vtkStringArray*>(names)->GetValue(0))
            .value_or(Dominance::unknown);
    return Dominance::unknown;
}

// A file with our cell arrays: branches as they were written.
CoronaryTree read_own(vtkPolyData* data, vtkDataArray* radius, const std::filesystem::path& path) {
    CoronaryTree tree;
    tree.dominance = dominance_of(data);
    if (vtkDataArray* sure = data->GetFieldData()->GetArray("dominance_confidence"))
        if (sure->GetNumberOfTuples() > 0) tree.dominance_confidence = sure->GetTuple1(0);
    const auto cell_value = [&](const char* name, std::size_t cell, double fallback) {
        vtkDataArray* array = data->GetCellData()->GetArray(name);
        return array ? array->GetTuple1(static_cast<vtkIdType>(cell)) : fallback;
    };
    const auto lines = lines_of(data, path);
    for (std::size_t b = 0; b < lines.size(); ++b) {
        Branch branch;
        branch.id = static_cast<int>(b);
        branch.parent = static_cast<int>(cell_value("parent", b, -1));
        branch.side = cell_value("side", b, 0) == 0 ? Side::left : Side::right;
        const int segment = static_cast<int>(cell_value("segment", b, 0));
        branch.segment = segment >= 0 && segment <= 18 ? static_cast<Segment>(segment) : Segment::unknown;
        branch.label_confidence = cell_value("label_confidence", b, 0);
        for (vtkIdType id : lines[b]) append_point(branch, point_at(data, radius, id, path));
        update_arc_and_tangents(branch);
        tree.branches.push_back(std::move(branch));
    }
    return tree;
}

// Polylines of any origin as a graph: nodes are distinct positions (to a micrometre), edges join neighbours.
struct LineGraph {
    std::vector<CenterlinePoint> nodes;
    std::vector<std::set<int>> neighbours;
};

LineGraph graph_of(vtkPolyData* data, vtkDataArray* radius, const std::filesystem::path& path) {
    LineGraph graph;
    std::map<std::array<long long, 3>, int> node_at;
    const auto node_of = [&](vtkIdType id) {
        const CenterlinePoint point = point_at(data, radius, id, path);
        const Vec3 p = point.position_lps_mm;
        const auto [found, added] =
            node_at.try_emplace({std::llround(p.x * 1e3), std::llround(p.y * 1e3), std::llround(p.z * 1e3)},
                                static_cast<int>(graph.nodes.size()));
        if (added) graph.nodes.push_back(point), graph.neighbours.emplace_back();
        return found->second;
    };
    for (const auto& line : lines_of(data, path)) {
        int before = node_of(line.front());
        for (std::size_t i = 1; i < line.size(); ++i) {
            const int node = node_of(line[i]);
            if (node != before) {
                graph.neighbours[static_cast<std::size_t>(before)].insert(node);
                graph.neighbours[static_cast<std::size_t>(node)].insert(before);
            }
            before = node;
        }
    }
    return graph;
}

// Walks from `from` along `to` until a junction or an end; appends the branch and then its children.
void grow_branch(const LineGraph& graph, int from, int to, int parent, std::vector<char>& seen,
                 CoronaryTree& tree, const std::filesystem::path& path) {
    Branch branch;
    branch.id = static_cast<int>(tree.branches.size());
    branch.parent = parent;
    append_point(branch, graph.nodes[static_cast<std::size_t>(from)]);
    int before = from, node = to;
    while (true) {
        if (seen[static_cast<std::size_t>(node)])
            throw Error(
                ExitCode::input_unreadable,
                "The centerlines {} form a loop; a coronary tree must not. Cut the loop and run again.",
                path.string());
        seen[static_cast<std::size_t>(node)] = 1;
        append_point(branch, graph.nodes[static_cast<std::size_t>(node)]);
        const auto& next = graph.neighbours[static_cast<std::size_t>(node)];
        if (next.size() != 2) break;
        const int onward = *next.begin() == before ? *next.rbegin() : *next.begin();
        before = node, node = onward;
    }
    update_arc_and_tangents(branch);
    const int id = branch.id;
    tree.branches.push_back(std::move(branch));
    for (int child : graph.neighbours[static_cast<std::size_t>(node)])
        if (child != before) grow_branch(graph, node, child, id, seen, tree, path);
}

// Without labels the side is a guess by position: the system that reaches farthest to the patient's left
// (largest x) is the left one.
void guess_sides(CoronaryTree& tree) {
    std::vector<double> reach_x(tree.branches.size(), -1e300);
    const auto root_of = [&](const Branch& branch) {
        return static_cast<std::size_t>(tree.path_to(branch.id).front());
    };
    for (const Branch& branch : tree.branches)
        for (const CenterlinePoint& point : branch.points)
            reach_x[root_of(branch)] = std::max(reach_x[root_of(branch)], point.position_lps_mm.x);
    const auto left =
        static_cast<std::size_t>(std::max_element(reach_x.begin(), reach_x.end()) - reach_x.begin());
    for (Branch& branch : tree.branches) branch.side = root_of(branch) == left ? Side::left : Side::right;
}

CoronaryTree tree_of(const LineGraph& graph, const std::filesystem::path& path) {
    // Line ends, thickest first: the first end of each connected piece is its ostium.
    std::vector<int> ends;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n)
        if (graph.neighbours[n].size() == 1) ends.push_back(static_cast<int>(n));
    std::stable_sort(ends.begin(), ends.end(), [&](int a, int b) {
        return graph.nodes[static_cast<std::size_t>(a)].radius_mm >
               graph.nodes[static_cast<std::size_t>(b)].radius_mm;
    });
    CoronaryTree tree;
    std::vector<char> seen(graph.nodes.size(), 0);
    for (int end : ends) {
        if (seen[static_cast<std::size_t>(end)]) continue;
        seen[static_cast<std::size_t>(end)] = 1;
        grow_branch(graph, end, *graph.neighbours[static_cast<std::size_t>(end)].begin(), -1, seen, tree,
                    path);
    }
    guess_sides(tree);
    return tree;
}

}  // namespace

CoronaryTree read_centerline_vtp(const std::filesystem::path& path) {
    const vtkSmartPointer<vtkPolyData> data = read_polydata_vtp(path);
    vtkDataArray* radius = radius_array(data, path);
    const bool own = data->GetCellData()->GetArray("branch") && data->GetCellData()->GetArray("parent");
    CoronaryTree tree = own ? read_own(data, radius, path) : tree_of(graph_of(data, radius, path), path);
    if (const auto broken = check(tree); !broken.empty())
        throw Error(ExitCode::input_unreadable, "The centerlines {} are not a tree: {}.", path.string(),
                    broken.front());
    return tree;
}

}  // namespace ctffr
