// SPDX-License-Identifier: Apache-2.0
// The network that sees the whole heart at 0.8 mm: coarse coronary tree, ostia, aorta, left ventricle
// (docs/theory/segmentation.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "ctffr/core/run.hpp"
#include "ctffr/data/heart.hpp"
#include "ctffr/data/image.hpp"
#include "ctffr/data/quality.hpp"

namespace ctffr {

// A heart network as read, and what it says of one heart; both opaque and immutable.
class HeartNetwork;
class HeartSight;

// From an ONNX file and its sidecar (JSON). `name` is used in messages. Throws Error(input_unreadable) or
// Error(input_unsupported) when either is damaged, of another kind, or does not have the heart network's
// input and outputs.
std::shared_ptr<const HeartNetwork> read_heart_network(std::string_view onnx, std::string_view sidecar,
                                                       const std::string& name);
// The network that is part of this build; null when it was built without weights.
std::shared_ptr<const HeartNetwork> shipped_heart_network();

// "heart 1", for the log and result.json, and a digest of weights and sidecar for the resume key.
std::string network_name(const HeartNetwork& network);
std::string network_digest(const HeartNetwork& network);

// The network run on the box around `heart`. Throws Error(anatomy_not_found) when it answers with numbers
// that are not finite, Error(out_of_memory).
std::shared_ptr<const HeartSight> see_heart(const HeartNetwork& network, const Volume& volume,
                                            const HeartFrame& heart, const ScanModel& scan, const Run& run);

// Mass (g) of the left ventricle's muscle by the network's surfaces; 0 when they do not look like a
// ventricle.
double lv_mass_g(const HeartSight& sight);

}  // namespace ctffr
