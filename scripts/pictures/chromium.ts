import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { findIn, findOnPath, isExecutable, isOnPath, libraryPath, unpackFromDebian } from '../servers/packages.ts';
import { type Environment, makeFolder, runCommand } from '../servers/processes.ts';

interface Browser {
  readonly program: string;
  /** Where what was unpacked has its libraries and fonts; a browser of the PATH needs none. */
  readonly folder?: string;
}

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/chromium/', import.meta.url));
const PACKAGES = ['chromium', 'fonts-dejavu-core'];
const TIMEOUT_MS = 120_000;

export interface Shot {
  readonly html: string;
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture to a CSS pixel. */
  readonly scale: number;
  /** The PNG file to write. */
  readonly file: string;
}

/** Photographs a page in headless Chromium, with a profile of its own and without a network. */
export async function photograph({ html, width, height, scale, file }: Shot): Promise<void> {
  const browser = obtainChromium();
  const own = makeFolder();
  try {
    const page = join(own.path, 'page.html');
    writeFileSync(page, html);
    const args = [
      '--headless',
      // The page is our own; root has no sandbox, and containers have none to give.
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--disable-background-networking',
      '--disable-component-update',
      '--no-first-run',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      '--hide-scrollbars',
      // Letters without coloured edges look the same on any screen, and make a smaller file.
      '--disable-lcd-text',
      '--virtual-time-budget=10000',
      `--user-data-dir=${join(own.path, 'profile')}`,
      `--force-device-scale-factor=${scale}`,
      `--window-size=${width},${height}`,
      `--screenshot=${file}`,
      pathToFileURL(page).href,
    ];
    const { code, stderr } = await runCommand(browser.program, args, { env: environmentOf(browser, own.path), timeoutMs: TIMEOUT_MS });
    if (code !== 0 || !existsSync(file)) throw new Error(`${browser.program} made no picture: ${stderr.trim().split('\n').at(-1)}`);
  } finally {
    own.remove();
  }
}

/** Chromium of the PATH, or Debian's, which is unpacked into node_modules/.cache. Throws one line that says how to get it. */
function obtainChromium(): Browser {
  const found = onThePath() ?? fetched() ?? fromDebian();
  if (found !== undefined) return found;
  throw new Error('Chromium is neither on the PATH nor to be had by apt-get: install it and put it on the PATH');
}

function onThePath(): Browser | undefined {
  const program = findOnPath(NAMES);
  return program === undefined ? undefined : { program };
}

function fetched(): Browser | undefined {
  const program = join(FOLDER, 'usr/lib/chromium/chromium');
  return isExecutable(program) ? { program, folder: FOLDER } : undefined;
}

function fromDebian(): Browser | undefined {
  if (!isOnPath('apt-get')) return undefined;
  console.error("Fetching Debian's chromium into node_modules/.cache …");
  return unpackFromDebian(PACKAGES, FOLDER, { withDependencies: /^(chromium|fonts-dejavu)/ }) ? fetched() : undefined;
}

function environmentOf({ folder }: Browser, own: string): Environment {
  if (folder === undefined) return {};
  const fonts = join(own, 'fonts.conf');
  writeFileSync(
    fonts,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${join(folder, 'usr/share/fonts')}</dir><cachedir>${join(own, 'fonts')}</cachedir></fontconfig>`,
  );
  // PulseAudio's own part is in a folder of its own, which only its libraries name, as a path below the root.
  const pulseAudio = findIn(join(folder, 'usr/lib'), /-linux-gnu/).map((place) => join(place, 'pulseaudio'));
  return { LD_LIBRARY_PATH: [libraryPath(folder), ...pulseAudio].join(':'), FONTCONFIG_FILE: fonts };
}
