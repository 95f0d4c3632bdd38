// SPDX-License-Identifier: Apache-2.0
#include "ctffr/io/waveforms.hpp"

#include <fmt/format.h>

#include "ctffr/core/units.hpp"
#include "ctffr/io/csv.hpp"

namespace ctffr {

std::string waveforms_csv(const PulsatileFlow& beat) {
    std::vector<std::string> cells{"time_s", "aortic_pressure_mmhg", "lv_pressure_mmhg", "inflow_ml_min"};
    for (const PulsatileProbe& p : beat.probes)
        for (const char* what : {"pressure_mmhg", "flow_ml_min"})
            cells.push_back(fmt::format("{} {} {}", probe_kind_name(p.kind), p.name, what));
    std::string text = csv_line(cells);
    for (std::size_t n = 0; n < beat.time.size(); ++n) {
        const auto pressure = [](double pa) { return fmt::format("{:.3f}", mmhg_from_pa(pa)); };
        const auto flow = [](double m3_s) { return fmt::format("{:.4f}", ml_min_from_m3_s(m3_s)); };
        cells = {fmt::format("{:.6f}", beat.time[n]), pressure(beat.aortic_pressure[n]),
                 pressure(beat.ventricle_pressure[n]), flow(beat.inflow[n])};
        for (const PulsatileProbe& p : beat.probes)
            cells.push_back(pressure(p.pressure[n])), cells.push_back(flow(p.flow[n]));
        text += csv_line(cells);
    }
    return text;
}

}  // namespace ctffr
