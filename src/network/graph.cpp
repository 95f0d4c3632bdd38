// SPDX-License-Identifier: Apache-2.0
// Access to the attributes of a node.
#include "network/graph.hpp"

#include "ctffr/core/error.hpp"

namespace ctffr::network {

namespace {

template <class T>
T attribute(const Node& node, const std::string& key, const T& otherwise) {
    const auto found = node.attributes.find(key);
    if (found == node.attributes.end()) return otherwise;
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    throw Error(ExitCode::input_unreadable,
                "Attribute '{}' of the network's node '{}' ({}) has a value of the wrong type: export the "
                "network again.",
                key, node.name, node.op);
}

}  // namespace

std::int64_t Node::integer(const std::string& key, std::int64_t otherwise) const {
    return attribute(*this, key, otherwise);
}

float Node::number(const std::string& key, float otherwise) const { return attribute(*this, key, otherwise); }

std::string Node::text(const std::string& key, const std::string& otherwise) const {
    return attribute(*this, key, otherwise);
}

std::vector<std::int64_t> Node::integers(const std::string& key,
                                         const std::vector<std::int64_t>& otherwise) const {
    return attribute(*this, key, otherwise);
}

}  // namespace ctffr::network
