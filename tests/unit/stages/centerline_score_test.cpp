// SPDX-License-Identifier: Apache-2.0
#include "stages/centerline_score.hpp"

#include <gtest/gtest.h>

namespace ctffr {
namespace {

Branch branch_of(int id, Segment segment) {
    Branch branch;
    branch.id = id;
    branch.segment = segment;
    return branch;
}

TEST(RemarkMissingArteries, NamesTheArteryThatIsNotThere) {
    CenterlineResult result;
    result.tree.branches = {branch_of(0, Segment::p_lad), branch_of(1, Segment::p_rca)};
    remark_missing_arteries(result);
    ASSERT_EQ(result.remarks.size(), 1u);
    EXPECT_NE(result.remarks[0].find("left circumflex"), std::string::npos) << result.remarks[0];
    result.remarks.clear();
    result.tree.branches.push_back(branch_of(2, Segment::p_cx));
    remark_missing_arteries(result);
    EXPECT_TRUE(result.remarks.empty());
}

}  // namespace
}  // namespace ctffr
