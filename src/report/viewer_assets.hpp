// SPDX-License-Identifier: Apache-2.0
// The viewer bundle that tools/viewer/build.mjs makes at build time.
#pragma once

#include <string_view>

namespace ctffr::report {

struct ViewerAssets {
    std::string_view script, style;            // ASCII, safe inside <script> and <style>
    std::string_view script_hash, style_hash;  // "sha256-..." for the content security policy
    std::string_view library;                  // name and version of the WebGL library inside
};
const ViewerAssets& viewer_assets();

}  // namespace ctffr::report
