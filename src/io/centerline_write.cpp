// SPDX-License-Identifier: Apache-2.0
#include <functional>

#include <vtkCellArray.h>
#include <vtkCellData.h>
#include <vtkDoubleArray.h>
#include <vtkFieldData.h>
#include <vtkIntArray.h>
#include <vtkPointData.h>
#include <vtkPoints.h>
#include <vtkStringArray.h>

#include "ctffr/core/units.hpp"
#include "ctffr/io/result_json.hpp"
#include "ctffr/io/surface.hpp"
#include "io/vtk_polydata.hpp"

namespace ctffr {

namespace {

// Adds a point array of `value(branch, point)` over all branches in order.
void add_point_array(vtkPolyData* data, const CoronaryTree& tree, const char* name,
                     const std::function<double(std::size_t, std::size_t)>& value) {
    const auto array = vtkSmartPointer<vtkDoubleArray>::New();
    array->SetName(name);
    for (std::size_t b = 0; b < tree.branches.size(); ++b)
        for (std::size_t i = 0; i < tree.branches[b].points.size(); ++i) array->InsertNextValue(value(b, i));
    data->GetPointData()->AddArray(array);
}

bool covers(const std::vector<std::vector<double>>& table, const CoronaryTree& tree) {
    if (table.size() != tree.branches.size()) return false;
    for (std::size_t b = 0; b < table.size(); ++b)
        if (table[b].size() != tree.branches[b].points.size()) return false;
    return true;
}

void add_result_array(vtkPolyData* data, const CoronaryTree& tree, const char* name,
                      const std::vector<std::vector<double>>& table, double (*convert)(double)) {
    if (covers(table, tree))
        add_point_array(data, tree, name, [&](std::size_t b, std::size_t i) { return convert(table[b][i]); });
}

void add_cell_array(vtkPolyData* data, const CoronaryTree& tree, const char* name,
                    int (*value)(const Branch&)) {
    const auto array = vtkSmartPointer<vtkIntArray>::New();
    array->SetName(name);
    for (const Branch& branch : tree.branches) array->InsertNextValue(value(branch));
    data->GetCellData()->AddArray(array);
}

void add_names(vtkPolyData* data, const CoronaryTree& tree) {
    const auto names = vtkSmartPointer<vtkStringArray>::New();
    names->SetName("segment_name");
    const auto confidence = vtkSmartPointer<vtkDoubleArray>::New();
    confidence->SetName("label_confidence");
    for (const Branch& branch : tree.branches) {
        names->InsertNextValue(std::string(segment_name(branch.segment)));
        confidence->InsertNextValue(branch.label_confidence);
    }
    data->GetCellData()->AddArray(names);
    data->GetCellData()->AddArray(confidence);
    const auto dominance = vtkSmartPointer<vtkStringArray>::New();
    dominance->SetName("dominance");
    dominance->InsertNextValue(std::string(dominance_name(tree.dominance)));
    data->GetFieldData()->AddArray(dominance);
    const auto sure = vtkSmartPointer<vtkDoubleArray>::New();
    sure->SetName("dominance_confidence");
    sure->InsertNextValue(tree.dominance_confidence);
    data->GetFieldData()->AddArray(sure);
}

double same(double value) { return value; }

}  // namespace

void write_centerline_vtp(const std::filesystem::path& path, const CaseResult& result) {
    const CoronaryTree& tree = result.tree;
    const auto data = vtkSmartPointer<vtkPolyData>::New();
    const auto points = vtkSmartPointer<vtkPoints>::New();
    points->SetDataTypeToDouble();
    const auto lines = vtkSmartPointer<vtkCellArray>::New();
    for (const Branch& branch : tree.branches) {
        lines->InsertNextCell(static_cast<int>(branch.points.size()));
        for (const CenterlinePoint& point : branch.points) {
            const Vec3 p = point.position_lps_mm;
            lines->InsertCellPoint(points->InsertNextPoint(p.x, p.y, p.z));
        }
    }
    data->SetPoints(points);
    data->SetLines(lines);
    const auto point_of = [&](std::size_t b, std::size_t i) -> const CenterlinePoint& {
        return tree.branches[b].points[i];
    };
    add_point_array(data, tree, "radius_mm", [&](auto b, auto i) { return point_of(b, i).radius_mm; });
    add_point_array(data, tree, "arc_mm", [&](auto b, auto i) { return point_of(b, i).arc_mm; });
    add_result_array(data, tree, "reference_radius_mm", result.ffr.reference_radius_mm, same);
    add_result_array(data, tree, "flow_ml_min", result.solution.flow, ml_min_from_m3_s);
    add_result_array(data, tree, "pressure_mmhg", result.solution.pressure, mmhg_from_pa);
    const FlowState state = result.hyperaemia.state;
    const std::string ratio = ratio_key(state);
    add_result_array(data, tree, ratio.c_str(), result.ffr.ffr, same);
    add_result_array(data, tree, (ratio + "_sd").c_str(), result.ffr.ffr_sd, same);
    if (result.pulsatile && result.pulsatile->converged()) {
        add_result_array(data, tree, "mean_pressure_ratio", result.pulsatile->mean_pressure_ratio, same);
        add_result_array(data, tree, "wave_free_ratio", result.pulsatile->wave_free_ratio, same);
    }
    if (const char* below = ratio_below_array(state))
        add_result_array(data, tree, below, result.uncertainty.p_below, same);
    add_cell_array(data, tree, "segment", [](const Branch& b) { return static_cast<int>(b.segment); });
    add_cell_array(data, tree, "branch", [](const Branch& b) { return b.id; });
    add_cell_array(data, tree, "parent", [](const Branch& b) { return b.parent; });
    add_cell_array(data, tree, "side", [](const Branch& b) { return b.side == Side::left ? 0 : 1; });
    add_names(data, tree);
    write_polydata_vtp(path, data);
}

}  // namespace ctffr
