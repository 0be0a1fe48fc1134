import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import type { AgentSettings } from './agents';
import { FaultSpecError, parseDuration, parseFault } from './fault-spec';
import type { Fault } from './faults';
import { WALLET_UNITS } from './rules';

/** Thrown for a flag's value that cannot be used: one sentence, exit code 2. */
class BadFlag extends InvalidArgumentError {
  constructor(message: string) {
    super(message);
    this.exitCode = 2;
  }
}

export function duration(text: string): number {
  const value = parseDuration(text);
  if (value === null) throw new BadFlag('Give a duration such as 30s, 10m or 2h.');
  return value;
}

/** One duration, or the shortest and the longest: "45s" or "10s-3m". In seconds. */
export function durationRange(text: string): [number, number] {
  const [low = '', high = low, ...more] = text.split('-');
  const lowMs = parseDuration(low);
  const highMs = parseDuration(high);
  if (lowMs === null || highMs === null || more.length > 0 || highMs < lowMs) {
    throw new BadFlag('Give a duration such as 45s, or a range such as 10s-3m.');
  }
  return [lowMs / 1000, highMs / 1000];
}

export function portNumber(text: string): number {
  return wholeNumber(text, 0, 65_535);
}

export function count(text: string): number {
  return wholeNumber(text, 1, Number.MAX_SAFE_INTEGER);
}

function wholeNumber(text: string, from: number, to: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < from || value > to) {
    const limit = to === Number.MAX_SAFE_INTEGER ? `of at least ${from}` : `from ${from} to ${to}`;
    throw new BadFlag(`Give a whole number ${limit}.`);
  }
  return value;
}

export function factor(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !(value > 0)) throw new BadFlag('Give a number above 0, such as 60.');
  return value;
}

export function amount(text: string): number {
  const value = Number(text);
  if (!/^[\d.]+$/.test(text) || !Number.isFinite(value)) throw new BadFlag('Give an amount such as 25 or 0.5.');
  return value;
}

export function walletUnit(text: string): (typeof WALLET_UNITS)[number] {
  const unit = WALLET_UNITS.find((known) => known === text);
  if (unit === undefined) throw new BadFlag(`Give ${WALLET_UNITS.join(' or ')}.`);
  return unit;
}

export function faultList(text: string, earlier: Fault[]): Fault[] {
  try {
    return [...earlier, parseFault(text)];
  } catch (error) {
    if (error instanceof FaultSpecError) throw new BadFlag(`${error.message}.`);
    throw error;
  }
}

/** Fields of an agent, in a file of JSON. */
export function agentFile(path: string): AgentSettings {
  const settings = jsonIn(path);
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new BadFlag('Give a file with one JSON object, such as {"agent_welcome_message": "Hello {customer_name}"}.');
  }
  return { ...settings };
}

function jsonIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
