import type { Painter } from "./painter";
import type { Frame } from "./protocol";

const VERTEX = `
attribute vec2 corner;
uniform float flip;
varying vec2 at;
void main() {
  at = vec2(flip * (corner.x - 0.5) + 0.5, 1.0 - corner.y);
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

const FRAGMENT = `
precision mediump float;
varying vec2 at;
uniform sampler2D y, u, v;
void main() {
  float l = 1.164 * (texture2D(y, at).r - 0.0625);
  float cb = texture2D(u, at).r - 0.5;
  float cr = texture2D(v, at).r - 0.5;
  gl_FragColor = vec4(l + 1.596 * cr, l - 0.392 * cb - 0.813 * cr, l + 2.017 * cb, 1.0);
}`;

/** Renderers that are a processor in disguise: there the plain canvas is cheaper. */
const SOFTWARE = /llvmpipe|softpipe|swiftshader|software|basic render|swrast/i;

/** One hidden context for all tiles (browsers allow about 16), copied to each tile's canvas. */
export class WebGlPainter implements Painter {
  readonly kind = "webgl";
  private constructor(
    private readonly surface: HTMLCanvasElement,
    private readonly gl: WebGLRenderingContext,
    private readonly flip: WebGLUniformLocation | null,
    private readonly textures: readonly WebGLTexture[],
  ) {}

  /** Null where there is no hardware behind WebGL, or it does not work. */
  static tryNew(): WebGlPainter | null {
    const surface = document.createElement("canvas");
    const gl = surface.getContext("webgl", {
      alpha: false,
      antialias: false,
      depth: false,
      failIfMajorPerformanceCaveat: true,
      preserveDrawingBuffer: true,
    });
    if (!gl || SOFTWARE.test(renderer(gl))) return null;
    const program = link(gl);
    if (!program) return null;
    // biome-ignore lint/correctness/useHookAtTopLevel: not a hook, WebGL's own word
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([0, 0, 1, 0, 0, 1, 1, 1]), gl.STATIC_DRAW);
    const corner = gl.getAttribLocation(program, "corner");
    gl.enableVertexAttribArray(corner);
    gl.vertexAttribPointer(corner, 2, gl.FLOAT, false, 0, 0);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    const textures = ["y", "u", "v"].map((name, unit) => {
      const texture = gl.createTexture() as WebGLTexture;
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
        gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
      }
      for (const filter of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
        gl.texParameteri(gl.TEXTURE_2D, filter, gl.LINEAR);
      }
      gl.uniform1i(gl.getUniformLocation(program, name), unit);
      return texture;
    });
    return new WebGlPainter(surface, gl, gl.getUniformLocation(program, "flip"), textures);
  }

  paint(canvas: HTMLCanvasElement, frame: Frame, mirror: boolean): void {
    const gl = this.gl;
    const surface = this.surface;
    const { width, height, planes } = frame;
    if (surface.width !== width || surface.height !== height) {
      surface.width = width;
      surface.height = height;
      gl.viewport(0, 0, width, height);
    }
    const luma = width * height;
    this.plane(0, width, height, planes.subarray(0, luma));
    this.plane(1, width / 2, height / 2, planes.subarray(luma, luma * 1.25));
    this.plane(2, width / 2, height / 2, planes.subarray(luma * 1.25));
    gl.uniform1f(this.flip, mirror ? -1 : 1);
    gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    canvas.getContext("2d", { alpha: false })?.drawImage(surface, 0, 0);
  }

  private plane(unit: number, width: number, height: number, bytes: Uint8Array): void {
    const gl = this.gl;
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, this.textures[unit] ?? null);
    const format = gl.LUMINANCE;
    gl.texImage2D(gl.TEXTURE_2D, 0, format, width, height, 0, format, gl.UNSIGNED_BYTE, bytes);
  }
}

function renderer(gl: WebGLRenderingContext): string {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

function link(gl: WebGLRenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  if (!program) return null;
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}
