// SPDX-License-Identifier: Apache-2.0
// node check.mjs WRITE_SAMPLE_PAGE FOLDER: writes the sample pages and looks at them with headless Chromium.
// Exit codes: 0 all good, 1 something is wrong, 77 no Chromium on this machine.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [writer, folder] = process.argv.slice(2);
const browser = ["chromium", "chromium-browser", "google-chrome"]
    .find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
if (!browser) {
    console.log("SKIPPED: no Chromium found, so the report page was not looked at (Debian package: chromium).");
    process.exit(77);
}

let failures = 0;
function expect(condition, what) {
    console.log(`${condition ? "ok  " : "FAIL"} ${what}`);
    if (!condition) ++failures;
}

// Runs the browser on a page; returns its output and the page's console messages.
function browse(page, hash, extra) {
    const profile = mkdtempSync(join(tmpdir(), "ctffr-page-"));
    try {
        const result = spawnSync(browser, [
            "--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--disable-quic",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr",
            `--user-data-dir=${profile}`,
            "--virtual-time-budget=20000", "--window-size=1280,1500", ...extra,
            pathToFileURL(resolve(folder, page)).href + hash,
        ], { encoding: "utf8", timeout: 120000, maxBuffer: 1 << 28 });
        // The driver's remark on the time that the self-test's own reading of pixels takes is no fault of the page.
        const messages = (result.stderr ?? "").split("\n")
            .filter((line) => line.includes("CONSOLE") && !line.includes("GPU stall due to ReadPixels"));
        return { dom: result.stdout ?? "", messages };
    } finally {
        rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    }
}

const dumpDom = (page, hash = "", extra = []) => browse(page, hash, ["--dump-dom", ...extra]);

function selfTestOf(dom) {
    const match = dom.match(/<pre id="selftest"[^>]*>(.*?)<\/pre>/s);
    return match ? JSON.parse(match[1].replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")) : {};
}

mkdirSync(folder, { recursive: true });
execFileSync(writer, [folder], { stdio: "inherit" });

{
    const { dom, messages } = dumpDom("report.html", "#selftest");
    const seen = selfTestOf(dom);
    console.log("self-test:", JSON.stringify(seen));
    expect(seen.webgl === true, `WebGL picture starts (${seen.failure})`);
    expect(seen.triangles > 1000, "the surface was decoded");
    expect(seen.drawn_fraction > 0.01 && seen.drawn_fraction < 0.6, "the canvas shows the tree on its background");
    expect(seen.colours > 20, "the tree has many colours");
    const pointWords = /^FFR here(1\.00|0\.\d\d|< 0\.50)Segment(LM|[pmd]LAD|D\d|pCx|LCx|OM1|[pmd]RCA|R-P..).*mmHg/;
    expect(pointWords.test(seen.click ?? ""),
        "a click on the tree reads FFR, segment and pressure");
    // The sample's first lesion: throat 12 mm into the mLAD, 3.08 mm reference, 62 % stenosis.
    // Its FFR is the one below it, not the one in the throat.
    expect(/^L1, FFR below0\.79 \(grey zone.*FFR here0\.8\dSegmentmLAD.*Radius0\.59 mm/.test(seen.lesion ?? ""),
        `a lesion's button reads the lesion (${seen.lesion})`);
    expect(/Segment(pLAD|mLAD).*From the ostium[45]\d\.\d mm/.test(seen.chart ?? ""),
        `pointing at the LAD chart's middle reads the vessel there (${seen.chart})`);
    expect(seen.key_turns === true, "arrow keys turn the tree");
    expect(seen.view_buttons === 8, "there are eight standard views");
    // The content security policy would say so here if anything tried to load or an inline script were refused.
    expect(messages.length === 0, `no console messages ${messages.join(" | ")}`);
}
{
    const { dom } = dumpDom("report.html", "#selftest", ["--disable-3d-apis"]);
    const seen = selfTestOf(dom);
    expect(seen.webgl === false && seen.failure !== "", "without WebGL the page says so");
    expect(/SegmentmLAD/.test(seen.lesion ?? ""), "without WebGL values can still be read");
    expect(/id="canvas-host" hidden/.test(dom) && !/id="viewer" class="live"/.test(dom) &&
        /id="static-tree"><div/.test(dom), "without WebGL the fixed picture stays");
}
{
    const { dom } = dumpDom("hostile.html");
    expect(!/<title>owned/.test(dom), "text from outside runs no script");
    expect(!/<b id="injected"/.test(dom) && dom.includes("&lt;b id="), "text from outside makes no elements");
    expect(!/<img/.test(dom), "text from outside makes no images");
}
{
    const { dom } = dumpDom("rejected.html", "#selftest");
    expect(dom.includes("Rejected: no FFR") && dom.includes("The aorta holds 96 HU"), "a rejected case says why");
    expect(!/<canvas|class="pullback"|id="ctffr-data"|FFR 20 mm below/.test(dom), "a rejected case shows no FFR");
}
{
    const picture = resolve(folder, "report.png");
    browse("report.html", "", [`--screenshot=${picture}`]);
    const header = readFileSync(picture).subarray(0, 24);
    expect(header.readUInt32BE(16) === 1280 && statSync(picture).size > 30000, `screenshot ${picture}`);
}
process.exit(failures ? 1 : 0);
