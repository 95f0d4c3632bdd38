// SPDX-License-Identifier: Apache-2.0
// What the reader accepts: operators with their numbers of inputs and their attributes.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ctffr::network {

struct OperatorRule {
    std::string_view name;
    int least_inputs, most_inputs;  // over opsets 9 to 21
    std::string_view attributes;    // separated by one blank, with one at each end
    int outputs = 1;                // how many of them we compute; 0: all
};

// nullptr for an operator that is not supported.
const OperatorRule* find_operator(std::string_view name);
bool has_attribute(const OperatorRule& rule, const std::string& name);

// Collects what is not supported, so that a user sees all of it at once.
class Unsupported {
   public:
    void add(const std::string& what, const std::string& node);
    bool empty() const { return found_.empty(); }
    // "operator Einsum (3 nodes, first 'attention'); ..." in the order of their names.
    std::string text() const;

   private:
    struct Place {
        int count = 0;
        std::string first;
    };
    std::map<std::string, Place> found_;
};

}  // namespace ctffr::network
