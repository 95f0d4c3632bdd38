// SPDX-License-Identifier: Apache-2.0
// Sets up a case for OpenFOAM's simpleFoam, to compare the flow solver with:
//   ctffr-foam-case MESH FOLDER MEAN_SPEED_M_S
// MESH and inflow as in meshes/case_inputs.hpp; blood of 1060 kg/m3 and 3.5 mPa s; outlets at pressure 0.
#include <cmath>
#include <cstdio>
#include <exception>
#include <string>

#include "ctffr/core/error.hpp"
#include "ctffr/core/units.hpp"
#include "ctffr/io/files.hpp"
#include "ctffr/io/polymesh.hpp"
#include "ctffr/parallel/process.hpp"
#include "meshes/case_inputs.hpp"

namespace ctffr {

namespace {

namespace fs = std::filesystem;

constexpr double viscosity_m2_s = 0.0035 / 1060;

std::string header(const char* type, const char* object) {
    return fmt::format("FoamFile {{ version 2.0; format ascii; class {}; object {}; }}\n", type, object);
}

void write_fields(const fs::path& folder, const FlowMesh& mesh, double mean_m_s) {
    std::string velocity = header("volVectorField", "U") + "dimensions [0 1 -1 0 0 0 0];\n";
    std::string pressure = header("volScalarField", "p") +
                           "dimensions [0 2 -2 0 0 0 0];\ninternalField uniform 0;\nboundaryField {\n";
    std::string patches;
    int inlets = 0;
    for (const FlowPatch& patch : mesh.patches) {
        switch (patch.kind) {
            case FlowPatch::Kind::wall:
                patches += fmt::format(" {} {{ type noSlip; }}\n", patch.name);
                pressure += fmt::format(" {} {{ type zeroGradient; }}\n", patch.name);
                break;
            case FlowPatch::Kind::symmetry:
                patches += fmt::format(" {} {{ type symmetry; }}\n", patch.name);
                pressure += fmt::format(" {} {{ type symmetry; }}\n", patch.name);
                break;
            case FlowPatch::Kind::outlet:
                patches += fmt::format(" {} {{ type zeroGradient; }}\n", patch.name);
                pressure += fmt::format(" {} {{ type fixedValue; value uniform 0; }}\n", patch.name);
                break;
            case FlowPatch::Kind::inlet: {
                ++inlets;
                const Inflow inflow = parabola(mesh, patch, mean_m_s);
                const Vec3 u = mean_m_s * inflow.direction;
                velocity += fmt::format("internalField uniform ({:.10g} {:.10g} {:.10g});\n", u.x, u.y, u.z);
                patches += fmt::format(" {} {{ type fixedValue; value nonuniform List<vector> {} (",
                                       patch.name, patch.faces);
                for (double speed : inflow.speed_m_s) {
                    const Vec3 v = speed * inflow.direction;
                    patches += fmt::format("({:.12g} {:.12g} {:.12g})\n", v.x, v.y, v.z);
                }
                patches += "); }\n";
                pressure += fmt::format(" {} {{ type zeroGradient; }}\n", patch.name);
                break;
            }
        }
    }
    if (inlets != 1) throw Error(ExitCode::usage, "The mesh has {} inlets, one is needed.", inlets);
    write_text_atomically(folder / "0" / "U", velocity + "boundaryField {\n" + patches + "}\n");
    write_text_atomically(folder / "0" / "p", pressure + "}\n");
}

// SIMPLEC with the settings that a scan found fastest on the stenosis case: U relaxed by 0.9, p not at all,
// one GAMG solve to 0.2 per iteration; stop when all initial residuals are below 1e-6.
void write_settings(const fs::path& folder, const FlowMesh& mesh) {
    std::string inlet;
    for (const FlowPatch& patch : mesh.patches)
        if (patch.kind == FlowPatch::Kind::inlet) inlet = patch.name;
    const std::string dictionary = header("dictionary", "settings");
    const auto write = [&](const char* place, const std::string& text) {
        write_text_atomically(folder / place, dictionary + text);
    };
    write("constant/transportProperties",
          fmt::format("transportModel Newtonian;\nnu [0 2 -1 0 0 0 0] {:.15g};\n", viscosity_m2_s));
    write("constant/turbulenceProperties", "simulationType laminar;\n");
    write(
        "system/controlDict",
        "application simpleFoam; startFrom startTime; startTime 0; stopAt endTime; endTime 1000; deltaT 1;\n"
        "writeControl timeStep; writeInterval 100000; writeFormat ascii; writePrecision 10;\n"
        "runTimeModifiable false;\n"
        "functions { inletPressure { type surfaceFieldValue; libs (fieldFunctionObjects); writeControl "
        "timeStep;\n"
        "  writeInterval 1; log false; writeFields false; regionType patch; name " +
            inlet + "; operation areaAverage; fields (p); } }\n");
    write("system/fvSchemes",
          "ddtSchemes { default steadyState; }\ngradSchemes { default Gauss linear; }\n"
          "divSchemes { default none; div(phi,U) bounded Gauss linearUpwind grad(U);\n"
          "  div((nuEff*dev2(T(grad(U))))) Gauss linear; }\n"
          "laplacianSchemes { default Gauss linear corrected; }\ninterpolationSchemes { default linear; }\n"
          "snGradSchemes { default corrected; }\n");
    write("system/fvSolution",
          "solvers {\n"
          " p { solver GAMG; smoother GaussSeidel; tolerance 1e-9; relTol 0.2; nCellsInCoarsestLevel 50; }\n"
          " U { solver smoothSolver; smoother symGaussSeidel; tolerance 1e-10; relTol 0.1; nSweeps 1; }\n}\n"
          "SIMPLE { consistent yes; nNonOrthogonalCorrectors 0; residualControl { p 1e-6; U 1e-6; } }\n"
          "relaxationFactors { fields { p 1.0; } equations { U 0.9; } }\n");
    // Halves along the longest side of the mesh.
    Vec3 low = mesh.points[0], high = low;
    for (const Vec3& p : mesh.points)
        for (int k = 0; k < 3; ++k) low[k] = std::min(low[k], p[k]), high[k] = std::max(high[k], p[k]);
    const Vec3 side = high - low;
    const int longest = side.x >= side.y && side.x >= side.z ? 0 : side.y >= side.z ? 1 : 2;
    write("system/decomposeParDict",
          fmt::format("numberOfSubdomains 2; method simple; simpleCoeffs {{ n ({} {} {}); delta 0.001; }}\n",
                      longest == 0 ? 2 : 1, longest == 1 ? 2 : 1, longest == 2 ? 2 : 1));
}

}  // namespace

}  // namespace ctffr

int main(int argc, char** argv) {
    ctffr::wait_without_spinning(argv);
    using namespace ctffr;
    if (argc != 4) {
        std::fprintf(stderr, "usage: ctffr-foam-case MESH FOLDER MEAN_SPEED_M_S\n");
        return static_cast<int>(ExitCode::usage);
    }
    try {
        const FlowMesh mesh = mesh_of(argv[1]);
        const fs::path folder = argv[2];
        write_polymesh(folder / "constant" / "polyMesh", mesh);
        write_fields(folder, mesh, std::stod(argv[3]));
        write_settings(folder, mesh);
        std::printf("%lld cells\n", static_cast<long long>(mesh.cells));
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "ctffr-foam-case: %s\n", error.what());
        return static_cast<int>(error.code());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ctffr-foam-case: %s\n", error.what());
        return static_cast<int>(ExitCode::usage);
    }
}
