// SPDX-License-Identifier: Apache-2.0
// Unit conversions at the borders of the program. Inside everything is SI, except image geometry (mm).
#pragma once

namespace ctffr {

inline constexpr double pa_per_mmhg = 133.322;
inline constexpr double m3_s_per_ml_min = 1e-6 / 60.0;
inline constexpr double m_per_mm = 1e-3;
inline constexpr double pi = 3.14159265358979323846;

constexpr double pa_from_mmhg(double pressure_mmhg) { return pressure_mmhg * pa_per_mmhg; }
constexpr double mmhg_from_pa(double pressure) { return pressure / pa_per_mmhg; }
constexpr double m3_s_from_ml_min(double flow_ml_min) { return flow_ml_min * m3_s_per_ml_min; }
constexpr double ml_min_from_m3_s(double flow) { return flow / m3_s_per_ml_min; }

}  // namespace ctffr
