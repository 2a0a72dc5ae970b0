'use strict';

// A client of the Model Context Protocol, as npm has it, that uses every tool of `handset mcp`.
// Arguments: the program, the data folder, a scenario.

const assert = require('node:assert/strict');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { StdioClientTransport } = require('@modelcontextprotocol/sdk/client/stdio.js');

const [program, data, scenario] = process.argv.slice(2);

async function main() {
    const client = new Client({ name: 'tests', version: '1.0.0' });
    await client.connect(new StdioClientTransport({
        command: program, args: ['mcp', '--data-dir', data, '--', '--persona', 'gus'], env: process.env,
    }));
    assert.equal(client.getServerVersion().name, 'handset');
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), ['say', 'tap', 'wait', 'read', 'wire', 'agent', 'run', 'sandbox']);

    const call = async (name, args = {}) => {
        const { content, isError } = await client.callTool({ name, arguments: args });
        return { text: content[0].text, isError };
    };
    const done = async (name, args) => {
        const { text, isError } = await call(name, args);
        assert.ok(!isError, `${name}: ${text}`);
        return text;
    };
    assert.match(await done('wait', { text: 'How can I help?' }), /Gus Hartley/);
    let told = await done('say', { text: 'Which colours are there?' });
    if (!told.includes('Choices:')) told += await done('wait', { text: 'Choices:' });
    assert.match(told, /1 Blue/);
    assert.match(await done('tap', { number: 1 }), /Blue/);
    assert.match(await done('say', { text: 'one\ntwo' }), /one\n {2}two/);
    await done('read');
    assert.match(await done('wire', { last: 3 }), /Wire: in, .*signature valid/);
    assert.match(await done('sandbox', { words: ['state', '--json'] }), /"open": 1/);
    assert.match(await done('agent', { line: '/conversations' }), /./);
    assert.match(await done('run', { words: [scenario] }), /1 passed/i);

    // What goes wrong is told, and the next call is answered all the same.
    for (const [name, args, words] of [
        ['say', {}, /needs `text`/],
        ['tap', { number: 0 }, /needs `number`/],
        ['wait', { text: 'no such words', seconds: 1 }, /within 1 s/],
        ['run', { words: ['/nowhere.talk'] }, /ended with 2/],
        ['dance', {}, /no tool "dance"/],
    ]) {
        const { text, isError } = await call(name, args);
        assert.ok(isError && words.test(text), `${name}: ${text}`);
    }
    assert.match(await done('say', { text: '/close' }), /clos|ended|survey/i);
    await client.ping();
    await client.close();
    console.log('all tools used');
}

main();
