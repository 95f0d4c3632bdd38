// SPDX-License-Identifier: Apache-2.0
#include "anatomy/territories.hpp"

namespace ctffr {

std::string territory_of(Segment segment) {
    switch (segment) {
        case Segment::lm: return "LM";
        case Segment::p_lad:
        case Segment::m_lad:
        case Segment::d_lad:
        case Segment::d1:
        case Segment::d2: return "LAD";
        case Segment::p_cx:
        case Segment::om1:
        case Segment::d_cx:
        case Segment::om2:
        case Segment::l_pda:
        case Segment::l_plb:
        case Segment::ramus: return "LCX";
        case Segment::p_rca:
        case Segment::m_rca:
        case Segment::d_rca:
        case Segment::r_pda:
        case Segment::r_plb: return "RCA";
        case Segment::unknown: return {};
    }
    return {};
}

}  // namespace ctffr
