// SPDX-License-Identifier: Apache-2.0
// Boundary conditions, flow solution and FFR. SI units unless the name says otherwise.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "ctffr/core/vec3.hpp"
#include "ctffr/data/flow_state.hpp"
#include "ctffr/data/muscle.hpp"
#include "ctffr/data/tree.hpp"

namespace ctffr {

enum class Origin { measured, estimated, defaulted };
const char* origin_name(Origin origin);

// A number of the patient with where it comes from.
struct PatientValue {
    double value = 0;  // unit in the key under which it is stored, e.g. "heart_rate_bpm"
    Origin origin = Origin::defaulted;
    std::string source;  // "DICOM (0018,1088)", "command line", "BSA fallback", ...
};

// Everything about patient and flow state that the flow solver gets. The name is that of the usual state.
struct Hyperaemia {
    FlowState state = FlowState::hyperaemia;
    std::map<std::string, PatientValue> patient;  // keys with unit: age_years, systolic_mmhg, lv_mass_g, ...
    double aortic_pressure = 0;                   // Pa, mean, in this state
    double venous_pressure = 0;                   // Pa
    double density = 1060;                        // kg/m3
    double viscosity = 3.5e-3;                    // Pa s
    double total_flow = 0;  // m3/s, in this state, of both coronary systems, without lesions
};

// An outlet: P = P_venous + resistance * Q at the end of a leaf branch.
struct Outlet {
    int branch = 0;
    double resistance = 0;   // Pa s / m3
    double target_flow = 0;  // m3/s of the healthy equivalent
    double reference_radius_mm = 0;
};

// What a bed that regulates its flow (rest, exercise) wants, and how far it can open. The wanted flow of an
// outlet is its `target_flow`.
struct BedReserve {
    std::vector<double> outlet_open;               // per FlowProblem::outlets, conductance, m3/(s Pa)
    std::vector<std::vector<double>> leak_open;    // [branch][point], conductance, m3/(s Pa)
    std::vector<std::vector<double>> leak_demand;  // [branch][point], m3/s
};

struct FlowProblem {
    Hyperaemia hyperaemia;
    std::vector<Outlet> outlets;  // of every leaf that blood can reach (OpenTree)
    // Distributed leak into side branches that CT cannot see: conductance per point of each branch, m3/(s
    // Pa).
    std::vector<std::vector<double>> leak;  // [branch][point]
    BedReserve reserve;                     // empty in hyperaemia, where every bed is wide open
    MuscleTerritories muscle;
};

// How a solver ended. Never read a solution whose status is not converged.
struct [[nodiscard]] SolveStatus {
    enum class Reason { converged, max_iterations, stalled, not_finite, out_of_range };
    Reason reason = Reason::max_iterations;
    int iterations = 0;
    double residual = 0;        // relative
    double mass_imbalance = 0;  // |in - out| / in
    std::string note;

    bool converged() const { return reason == Reason::converged; }
};
const char* reason_name(SolveStatus::Reason reason);

// How 3-D convection was discretised where the flow has a solution: damped lies between second and first
// order (flow/steady_solver.hpp).
enum class Convection { second_order, damped, first_order };
const char* convection_name(Convection convection);

// Pressure and flow at every centerline point.
struct FlowSolution {
    std::string model;  // "reduced" or "steady-3d"
    SolveStatus status;
    // [branch][point], Pa, section-mean static pressure. Where no blood flows, because the way on is
    // occluded, it is that of the last place with flow; beyond an occlusion that says nothing.
    std::vector<std::vector<double>> pressure;
    std::vector<std::vector<double>> flow;  // [branch][point], m3/s
    std::vector<double> outlet_flow;        // per FlowProblem::outlets
    std::vector<double> residual_history;
    long cells = 0;  // 0 for reduced models
    double iteration_error =
        0;  // estimate of what more iterations would change of any pressure, Pa; 3-D only
    // Pa, [branch][point], 3-D only: estimate of the pressure's error that the spacing of the mesh leaves,
    // from the solution on a coarser mesh; empty: not estimated.
    std::vector<std::vector<double>> mesh_error;
    double largest_mesh_error() const {
        double most = 0;
        for (const auto& branch : mesh_error)
            for (double error : branch) most = std::max(most, error);
        return most;
    }
    Convection convection = Convection::second_order;  // 3-D only: the weakest in any of the trees
    double unsteadiness =
        0;  // Pa, 3-D only: above 0, the flow did not come to rest, the solution is a mean over iterations,
            // and this is the largest standard deviation of an opening's pressure (or flow, as its share)
};

// Largest |FFR of the reduced model - FFR of the 3-D flow| along the tree, before and after the reduced model
// was fitted to it; NaN where there is nothing to compare.
struct ReducedMisfit {
    double before = std::numeric_limits<double>::quiet_NaN(), after = before;
};

// FFR at every centerline point, NaN beyond an occlusion; sd < 0: not estimated.
struct FfrMap {
    std::vector<std::vector<double>> ffr, ffr_sd;          // [branch][point]
    std::vector<std::vector<double>> reference_radius_mm;  // healthy (taper-fit) radius
};

// A narrowing, with the numbers a reader needs. Positions are arc lengths along `branch`. FFR that cannot be
// read is NaN, with the reason in `note`.
// Part of a lesion in one branch, arc lengths of that branch.
struct LesionStretch {
    int branch = 0;
    double start_mm = 0, end_mm = 0;
};

struct Lesion {
    std::string segment, vessel;
    int branch = 0;  // id of the branch that holds the throat
    double start_mm = 0, end_mm = 0, throat_mm = 0;
    std::vector<LesionStretch> stretches;  // all of it, along its vessel; of branches beside the throat's too
    double diameter_stenosis_pct = 0, area_stenosis_pct = 0;
    double mld_mm = 0, mla_mm2 = 0, reference_diameter_mm = 0, length_mm = 0;
    // Of the throat: smallest diameter of its contour; (largest - smallest) / largest wall thickness; area
    // within the outer wall over that of the healthy vessel. NaN where contour or outer wall is not known.
    double smallest_diameter_mm = std::numeric_limits<double>::quiet_NaN();
    double eccentricity = std::numeric_limits<double>::quiet_NaN();
    double remodelling_index = std::numeric_limits<double>::quiet_NaN();
    double ffr_proximal = 0, ffr_20mm_distal = 0;
    double delta_ffr = 0;       // across the lesion, to the read point or as far as one may go
    double distal_read_mm = 0;  // distance below the lesion at which FFR was really read
    // LV muscle nearest to what lies below the throat; NaN where the muscle is not known.
    double at_risk_g = std::numeric_limits<double>::quiet_NaN();
    double at_risk_lv_pct = std::numeric_limits<double>::quiet_NaN();
    std::string note;
};

struct VesselSummary {
    std::string name;
    double ffr_distal = 0, min_ffr = 0;  // not for a decision alone: it adds up the whole vessel
    double length_mm = 0;
    double lowest_lesion_ffr = std::numeric_limits<double>::quiet_NaN();  // below a lesion of the vessel
    // Pull-back pressure gradient index, 0 (diffuse) to 1 (focal); NaN where ffr_distal is above 0.80.
    double ppg = std::numeric_limits<double>::quiet_NaN();
    std::string pattern;  // "focal" or "diffuse" by the index; empty without one
    std::string note;
};

}  // namespace ctffr
