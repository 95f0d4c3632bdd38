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

// The same on the whole image, for when nothing is known of where the heart is. `scan`: blood and muscle.
std::shared_ptr<const HeartSight> see_image(const HeartNetwork& network, const Volume& volume,
                                            const ScanModel& scan, const Run& run);

// Whether the network, too, takes the vessel that `heart` holds for the aorta: most of its sections that lie
// in the box seen are within the aorta.
bool sees_aorta(const HeartSight& sight, const HeartFrame& heart);

// Puts the mass of the left ventricle by the network's surfaces in place of that by grey levels, with a
// warning when the two are far apart, and the ends of its long axis where grey levels gave none: then true,
// as `heart` has another box now. `heart` stays as it is when the surfaces do not look like a ventricle.
bool take_left_ventricle(const HeartSight& sight, HeartFrame& heart, const Run& run);

}  // namespace ctffr
