// SPDX-License-Identifier: Apache-2.0
// The WebGL scene: the lumen coloured by FFR, camera, standard views, picking. Frame: LPS, mm.
import {
    AmbientLight, BufferAttribute, BufferGeometry, DirectionalLight, Mesh, MeshBasicMaterial, MeshPhongMaterial,
    OrthographicCamera, Raycaster, Scene, SphereGeometry, Vector2, Vector3, WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";

// Named angiographic projections: where the detector stands, degrees; LAO and cranial count positive.
export const standardViews = [
    { name: "AP", lao: 0, cranial: 0 },
    { name: "RAO 30", lao: -30, cranial: 0 },
    { name: "LAO 45", lao: 45, cranial: 0 },
    { name: "LAO 40 CRA 25", lao: 40, cranial: 25 },
    { name: "RAO 20 CAU 25", lao: -20, cranial: -25 },
    { name: "LAO 45 CAU 30", lao: 45, cranial: -30 },
    { name: "Left lateral", lao: 90, cranial: 0 },
    { name: "Posterior", lao: 180, cranial: 0 },
];

const radians = (degrees) => degrees * Math.PI / 180;

// Direction from the heart to the viewer; x points to the patient's left, y to the back, z to the head.
export function viewDirection(view) {
    const a = radians(view.lao), b = radians(view.cranial);
    return new Vector3(Math.sin(a) * Math.cos(b), -Math.cos(a) * Math.cos(b), Math.sin(b));
}

// Letters for an anatomical direction, strongest first: "L", "SA", ...
export function directionLetters(v) {
    return [[v.x, "L", "R"], [v.y, "P", "A"], [v.z, "S", "I"]]
        .filter(([c]) => Math.abs(c) > 0.35)
        .sort((a, b) => Math.abs(b[0]) - Math.abs(a[0]))
        .map(([c, plus, minus]) => (c > 0 ? plus : minus)).slice(0, 2).join("");
}

function lumenMesh(surface, colourOf) {
    const geometry = new BufferGeometry();
    const colours = new Float32Array(surface.positions.length);
    surface.ffr.forEach((ffr, i) => colourOf(ffr).toArray(colours, 3 * i));
    geometry.setAttribute("position", new BufferAttribute(surface.positions, 3));
    geometry.setAttribute("color", new BufferAttribute(colours, 3));
    geometry.setIndex(new BufferAttribute(surface.triangles, 1));
    geometry.computeVertexNormals();
    geometry.computeBoundingSphere();
    return new Mesh(geometry, new MeshPhongMaterial({ vertexColors: true, shininess: 25, specular: 0x1c1c1c }));
}

export class TreeScene {
    // Throws when the browser has no WebGL.
    constructor(host, surface, colourOf) {
        this.surface = surface;
        this.renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
        this.renderer.setPixelRatio(Math.min(2, window.devicePixelRatio || 1));
        this.renderer.setClearColor(TreeScene.background, 1);
        this.canvas = this.renderer.domElement;
        host.append(this.canvas);

        this.mesh = lumenMesh(surface, colourOf);
        this.sphere = this.mesh.geometry.boundingSphere;
        this.marker = new Mesh(new SphereGeometry(1, 24, 16),
            new MeshBasicMaterial({ color: 0x111111, transparent: true, opacity: 0.55, depthTest: false }));
        this.marker.visible = false;
        this.camera = new OrthographicCamera(-1, 1, 1, -1, 0.1, 10 * this.sphere.radius);
        this.camera.up.set(0, 0, 1);
        const headLight = new DirectionalLight(0xffffff, 1.5);
        headLight.position.set(-0.4, 0.6, 1);
        this.camera.add(headLight);
        this.scene = new Scene();
        this.scene.add(new AmbientLight(0xffffff, 1.7), this.camera, this.mesh, this.marker);

        this.controls = new OrbitControls(this.camera, this.canvas);
        this.controls.enableDamping = false;
        this.controls.minZoom = 0.5;
        this.controls.maxZoom = 40;
        this.controls.addEventListener("change", () => this.render());
        this.onDraw = () => {};
        new ResizeObserver(() => this.resize()).observe(host);
        this.host = host;
        this.resize();
        this.setView(standardViews[0]);
    }

    resize() {
        const width = Math.max(1, this.host.clientWidth), height = Math.max(1, this.host.clientHeight);
        this.renderer.setSize(width, height);
        const half = this.sphere.radius, aspect = width / height;
        Object.assign(this.camera, { left: -half * aspect, right: half * aspect, top: half, bottom: -half });
        this.camera.updateProjectionMatrix();
        this.render();
    }

    // Centres the tree in the picture and zooms so that it just fits, seen along the present direction.
    fit() {
        this.camera.updateMatrixWorld();
        const positions = this.surface.positions, v = new Vector3();
        const box = [Infinity, -Infinity, Infinity, -Infinity];
        for (let i = 0; i < positions.length; i += 3) {
            v.fromArray(positions, i).applyMatrix4(this.camera.matrixWorldInverse);
            box[0] = Math.min(box[0], v.x), box[1] = Math.max(box[1], v.x);
            box[2] = Math.min(box[2], v.y), box[3] = Math.max(box[3], v.y);
        }
        // Labels stand beside the vessels: leave a border of 8 % on each side.
        const { left, right, top, bottom } = this.camera;
        this.camera.zoom = 0.84 * Math.min((right - left) / (box[1] - box[0]), (top - bottom) / (box[3] - box[2]));
        this.camera.updateProjectionMatrix();
        this.shift((box[0] + box[1]) / 2, (box[2] + box[3]) / 2);
    }

    // Moves camera and target in the plane of the picture, mm.
    shift(right, up) {
        const x = new Vector3().setFromMatrixColumn(this.camera.matrixWorld, 0).multiplyScalar(right);
        const y = new Vector3().setFromMatrixColumn(this.camera.matrixWorld, 1).multiplyScalar(up);
        this.camera.position.add(x).add(y);
        this.controls.target.add(x).add(y);
        this.controls.update();
        this.render();
    }

    setView(view) {
        this.controls.target.copy(this.sphere.center);
        this.camera.position.copy(this.sphere.center).addScaledVector(viewDirection(view), 5 * this.sphere.radius);
        this.controls.update();
        this.fit();
    }

    // Turns the camera around the target by angles in degrees.
    turn(right, up) {
        const offset = this.camera.position.clone().sub(this.controls.target);
        const distance = offset.length();
        const lao = Math.atan2(offset.x, -offset.y) * 180 / Math.PI + right;
        const cranial = Math.asin(offset.z / distance) * 180 / Math.PI + up;
        const direction = viewDirection({ lao, cranial: Math.min(89, Math.max(-89, cranial)) });
        this.camera.position.copy(this.controls.target).addScaledVector(direction, distance);
        this.controls.update();
        this.render();
    }

    // Moves the picture by fractions of its height.
    pan(right, up) {
        const size = (this.camera.top - this.camera.bottom) / this.camera.zoom;
        this.shift(-right * size, -up * size);
    }

    zoomBy(factor) {
        this.camera.zoom = Math.min(this.controls.maxZoom, Math.max(this.controls.minZoom, this.camera.zoom * factor));
        this.camera.updateProjectionMatrix();
        this.controls.update();
        this.render();
    }

    // Index of the centerline point below a place of the canvas (CSS pixels), or -1 beside the tree.
    pick(x, y) {
        const rectangle = this.canvas.getBoundingClientRect();
        const place = new Vector2(2 * (x - rectangle.left) / rectangle.width - 1,
            1 - 2 * (y - rectangle.top) / rectangle.height);
        const caster = new Raycaster();
        caster.setFromCamera(place, this.camera);
        const hit = caster.intersectObject(this.mesh)[0];
        if (!hit) return -1;
        const corners = [hit.face.a, hit.face.b, hit.face.c];
        const distanceTo = (v) => hit.point.distanceToSquared(
            new Vector3().fromArray(this.surface.positions, 3 * v));
        return this.surface.point[corners.reduce((best, v) => (distanceTo(v) < distanceTo(best) ? v : best))];
    }

    // Place of a point on the canvas, CSS pixels, and whether it is in the picture.
    project(position) {
        const p = new Vector3().fromArray(position).project(this.camera);
        return {
            x: (p.x + 1) / 2 * this.host.clientWidth, y: (1 - p.y) / 2 * this.host.clientHeight,
            visible: Math.abs(p.x) < 1 && Math.abs(p.y) < 1,
        };
    }

    showMarker(position, radius) {
        this.marker.position.fromArray(position);
        this.marker.scale.setScalar(Math.max(1.2, 1.35 * (radius || 1)));
        this.marker.visible = true;
        this.render();
    }

    // Letters at the right and upper edge of the picture.
    edgeLetters() {
        const right = new Vector3().setFromMatrixColumn(this.camera.matrixWorld, 0);
        const up = new Vector3().setFromMatrixColumn(this.camera.matrixWorld, 1);
        return {
            right: directionLetters(right), left: directionLetters(right.clone().negate()),
            top: directionLetters(up), bottom: directionLetters(up.clone().negate()),
        };
    }

    render() {
        this.renderer.render(this.scene, this.camera);
        this.onDraw();
    }
}
TreeScene.background = 0xf3f5f8;
